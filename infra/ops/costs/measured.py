"""What a deployed stack has used in a month: runs by their bills, calls by the services' metrics, the rest estimated.

S3 tells its requests only for money, SQS its messages and not its requests, and the ledger its units only on AWS: what
no metric says is reckoned from the photos of the month, by the rules of `model.py`, and says so.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain import costs
from chalicelib.domain.budget import month_end
from chalicelib.domain.records import Batch
from contracts.prices.items import Item
from contracts.prices.price_list import packed
from infra.ops.costs import model
from infra.ops.costs.bill import Basis, Bill, Used, bill
from infra.ops.costs.workload import DAYS, NOW, Build, Workload
from infra.ops.pipeline import Pipeline
from infra.ops.stack import name
from infra.ops.stack_state import RunTimes

FUNCTIONS = ("collect", "submit", "on-run-event", "refit", "maintain")
Metric = tuple[str, str, str, str]
"""Namespace, name, dimension, its value."""
DAY = 86_400
_REPORT = re.compile(r"REPORT RequestId: .*Billed Duration: ([0-9]+) ms\s+Memory Size: ([0-9]+) MB", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a month that is looked at, in UTC."""

    start: datetime
    end: datetime

    @property
    def share(self) -> float:
        """Of a month of 30 days."""
        return (self.end - self.start).total_seconds() / (DAYS * DAY)

    def has(self, moment: datetime) -> bool:
        """Return whether a moment is in it."""
        return self.start <= moment < self.end


def span(month: str, now: datetime, since: datetime | None = None) -> Span:
    """Return what is past of a month `YYYY-MM`, from the stack's beginning on. Raises ValueError for another form."""
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    end = min(now, month_end(start))
    begin = start if since is None else max(start, since)
    return Span(begin, max(end, begin))


def used(
    pipeline: Pipeline, month: str, now: datetime, runs: Sequence[RunTimes] | None = None, build: Build = NOW
) -> list[Used]:
    """Return what a stack has used in a month so far, runs first. `runs`: all of the stack; None: asks for them."""
    stack = _described(pipeline)
    over = span(month, now, stack.get("CreationTime"))
    runs = [run for run in (pipeline.runs() if runs is None else runs) if over.has(run.created_at)]
    batches = [batch for batch in pipeline.state().batches if over.has(batch.created_at)]
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    load = _workload(batches, over.share, int(parameters["PhotoRetentionDays"]))
    estimated = list(model.beside_runs(load, build, len(runs), _waiting(batches)))
    counted = list(_counted(pipeline, over))
    known = {one.item for one in counted}
    return [*of_runs(runs), *counted, *(one for one in estimated if one.item not in known)]


def month_bill(pipeline: Pipeline, month: str, now: datetime, runs: Sequence[RunTimes] | None = None) -> Bill:
    """Return what a stack has cost in a month so far. `runs`: as `used`.

    Raises:
        ValueError: the month is in another form than `YYYY-MM`.
    """
    prices = packed().region(pipeline.target.region).on(pipeline.stack.architecture)
    return bill(used(pipeline, month, now, runs), prices)


def of_runs(runs: Sequence[RunTimes]) -> Iterator[Used]:
    """Yield the bills of runs, added up a kind."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    number: dict[str, int] = defaultdict(int)
    for run in runs:
        number[run.kind] += 1
        for bill_name, quantity in run.billed.items():
            sums[run.kind, bill_name] += quantity
    for (kind, bill_name), quantity in sorted(sums.items()):
        if bill_name in costs.BILLED:
            yield Used(f"{number[kind]} {kind} runs", costs.BILLED[bill_name], quantity, Basis.BILLED)


def _workload(batches: Sequence[Batch], share: float, days_kept: int) -> Workload:
    photos = sum(batch.photos for batch in batches)
    size = sum(batch.size_bytes for batch in batches) / photos if photos else 0
    return Workload(photos, round(size), days_kept=days_kept, share=max(share, 1e-9))


def _waiting(batches: Sequence[Batch]) -> float:
    return sum(batch.photos for batch in batches) / len(batches) / 2 if batches else 0.0


def _described(pipeline: Pipeline) -> dict[str, Any]:
    stack = name(pipeline.stack.stage)
    (found,) = pipeline.target.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return dict(found)


def _counted(pipeline: Pipeline, over: Span) -> Iterator[Used]:
    """Yield what metrics tell. A metric without data is no count of 0: its item is estimated."""
    cloudwatch = pipeline.target.client("cloudwatch")
    # A local cloud's metrics leave out the calls of schedules and queues.
    by_metrics = _calls_by_metrics(pipeline, cloudwatch, over) if pipeline.target.is_aws else None
    called = by_metrics or _calls_by_logs(pipeline, over)
    if called.calls:
        yield Used("functions: calls", Item.LAMBDA_REQUEST, called.calls, Basis.COUNTED)
        yield Used("functions: time", Item.LAMBDA_TIME, called.gb_seconds, Basis.COUNTED)
    for item, what, metrics in _metrics(pipeline):
        found = [value for metric in metrics if (value := _sum(cloudwatch, metric, over)) is not None]
        if found:
            yield Used(what, item, sum(found), Basis.COUNTED)


@dataclass(frozen=True, slots=True)
class Called:
    """What the functions did: how often, and how long times how much memory."""

    calls: float = 0.0
    gb_seconds: float = 0.0

    def __add__(self, other: "Called") -> "Called":
        return Called(self.calls + other.calls, self.gb_seconds + other.gb_seconds)


def _calls_by_metrics(pipeline: Pipeline, cloudwatch: Any, over: Span) -> Called | None:
    """Read the calls of all functions from Lambda's metrics; None where there are none."""
    functions, found = pipeline.target.client("lambda"), Called()
    for function in FUNCTIONS:
        full = f"{name(pipeline.stack.stage)}-{function}"
        calls = _sum(cloudwatch, ("AWS/Lambda", "Invocations", "FunctionName", full), over)
        if calls:
            milliseconds = _sum(cloudwatch, ("AWS/Lambda", "Duration", "FunctionName", full), over) or 0.0
            memory = functions.get_function_configuration(FunctionName=full)["MemorySize"]
            found += Called(calls, milliseconds / 1000 * memory / 1024)
    return found if found.calls else None


def _calls_by_logs(pipeline: Pipeline, over: Span) -> Called:
    """Read the calls of all functions from the REPORT lines of their logs."""
    logs, found = pipeline.target.client("logs"), Called()
    begin, end = (int(moment.timestamp() * 1000) for moment in (over.start - timedelta(minutes=1), over.end))
    for function in FUNCTIONS:
        asked = {"logGroupName": pipeline.stack.function_log_group(function), "filterPattern": "REPORT"}
        pages = logs.get_paginator("filter_log_events").paginate(**asked, startTime=begin, endTime=end)
        for event in (event for page in pages for event in page["events"]):
            found += reported(event["message"])
    return found


def reported(line: str) -> Called:
    """Return the call that a REPORT line of Lambda tells of; none for any other line."""
    found = _REPORT.match(line)
    return Called(1, int(found[1]) / 1000 * int(found[2]) / 1024) if found else Called()


def _metrics(pipeline: Pipeline) -> Iterator[tuple[Item, str, Sequence[Metric]]]:
    table = pipeline.stack.ledger_table
    for item, metric in (
        (Item.LEDGER_WRITE, "ConsumedWriteCapacityUnits"),
        (Item.LEDGER_READ, "ConsumedReadCapacityUnits"),
    ):
        yield item, "ledger", [("AWS/DynamoDB", metric, "TableName", table)]


def _sum(cloudwatch: Any, metric: Metric, over: Span) -> float | None:
    """Return the sum of a metric over a span; None without a data point."""
    namespace, metric_name, dimension, value = metric
    found: Mapping[str, Any] = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric_name,
        Dimensions=[{"Name": dimension, "Value": value}],
        StartTime=over.start - timedelta(minutes=1),
        EndTime=over.end + timedelta(minutes=1),
        Period=DAY,
        Statistics=["Sum"],
    )
    points = found["Datapoints"]
    return sum(point["Sum"] for point in points) if points else None
