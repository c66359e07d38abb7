"""The logs of one batch, or of one run, joined in the order of time: from the upload to the commit.

A line of a function belongs to a batch or run that it names, and so do the other lines of the same call. `collect`
knows no batch: its lines are those that registered photos from the upload of the batch's first one to a minute after
the making, because a photo may be in a batch before the call that registered it ends and says so.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.records import Batch
from contracts.jobs import places
from contracts.jobs.names import SCHEDULED, Kind
from infra.ops.log_lines import LogLine, accepted, in_order, of_function, of_run
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import RunTimes

_AROUND = timedelta(minutes=5)
"""A call's first line may come so long before the batch or run has a time."""
_SAID = timedelta(minutes=1)
"""A call of `collect` ends, and says what it registered, so long after it has: its time-out is half of it."""
_CALL = timedelta(minutes=15)
"""No call of a function lasts so long."""


def of_batch(pipeline: Pipeline, batch_id: str) -> list[LogLine]:
    """Return the lines of a batch: of collect, submit and on_run_event, and of its runs' drivers.

    Raises:
        GiveUp: the ledger knows no such batch.
    """
    batch = pipeline.batch(batch_id)
    calls = _calls(pipeline, ("submit", "on-run-event"), batch_id, batch.created_at)
    lines = [*_registrations(pipeline, batch), *calls]
    for run in batch.runs:
        lines += _driver(pipeline, pipeline.run(run.run_id))
    return in_order(lines)


def of_one_run(pipeline: Pipeline, run_id: str) -> list[LogLine]:
    """Return the lines of a run: of the functions that name it, and of its driver. Raises GiveUp: there is none."""
    run = pipeline.run(run_id)
    functions = [str(run.kind)] if run.kind in SCHEDULED else ["submit"] if run.kind is Kind.EXTRACT else []
    calls = _calls(pipeline, (*functions, "on-run-event"), run_id, run.created_at)
    return in_order([*calls, *_driver(pipeline, run)])


def _calls(pipeline: Pipeline, functions: Iterable[str], name: str, since: datetime) -> Iterator[LogLine]:
    """Yield the lines that name a batch or a run, and the other lines of the same calls."""
    for function in functions:
        named = list(_events(pipeline, function, since - _AROUND, name))
        yield from named
        # A call's lines lie close together; a month's log is not read again for each.
        for request, at in {line.request: line.at for line in named if line.request}.items():
            yield from _events(pipeline, function, at - _CALL, request, until=at + _CALL)


def _events(
    pipeline: Pipeline, function: str, since: datetime, term: str, until: datetime | None = None
) -> Iterator[LogLine]:
    window = {"startTime": _millis(since)} | ({"endTime": _millis(until)} if until else {})
    found = _filtered(pipeline, function, **window, filterPattern=f'"{term}"')
    lines = (of_function(function, event["timestamp"], event["message"]) for event in found)
    yield from (line for line in lines if line is not None)


def _registrations(pipeline: Pipeline, batch: Batch) -> Iterator[LogLine]:
    first = _first_upload(pipeline, batch)
    if first is None:
        return
    window = {"startTime": _millis(first), "endTime": _millis(batch.created_at + _SAID)}
    for event in _filtered(pipeline, "collect", **window):
        line = of_function("collect", event["timestamp"], event["message"])
        if line is not None and accepted(event["message"]):
            yield line


def _filtered(pipeline: Pipeline, function: str, **asked: Any) -> Iterator[dict[str, Any]]:
    logs, group = pipeline.target.client("logs"), pipeline.stack.function_log_group(function)
    try:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, **asked):
            yield from page["events"]
    except logs.exceptions.ResourceNotFoundException:  # the function never ran
        return


def _first_upload(pipeline: Pipeline, batch: Batch) -> datetime | None:
    """Return when the first photo of a batch was uploaded; None where its manifest is not there."""
    asked = {"Bucket": pipeline.stack.lake_bucket, "Key": places.manifest(batch.batch_id)}
    try:
        manifest = pipeline.s3.get_object(**asked)["Body"].read()
    except pipeline.s3.exceptions.NoSuchKey:
        return None
    return min(datetime.fromisoformat(json.loads(line)["received_at"]) for line in manifest.splitlines()[1:])


def _driver(pipeline: Pipeline, run: RunTimes) -> Iterator[LogLine]:
    begun, source = run.started_at or run.created_at, f"{run.kind} {run.run_id}"
    yield from of_run(source, pipeline.log(run.run_id, "stderr") or "", begun)
    yield from of_run(source, pipeline.log(run.run_id, "stdout") or "", run.ended_at or begun)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
