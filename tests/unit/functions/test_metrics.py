"""At most ten metrics of one dimension are sent, from one place, and gauges go on while nothing happens."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import handlers
from chalicelib.domain import metrics, refits
from chalicelib.domain.counts import Counts, EndingCount, MaintainCount, PhotoCount, RefitCount
from chalicelib.domain.metrics import SAMPLE, UNITS, Metric, counted, sample
from chalicelib.domain.plans import RunPlan
from chalicelib.domain.records import Page, ScheduledJob
from chalicelib.domain.states import JobState
from chalicelib.services.gauges import Gauges
from contracts.jobs.names import Kind
from tests.fakes.functions import START
from tests.fakes.lake import FakeLake, pointer
from tests.fakes.services import Context, FakeServices, Unlimited
from tests.unit.functions.batch_world import World
from tests.unit.functions.scheduled_world import World as ScheduledWorld

FREE = 10
"""Custom metrics that CloudWatch gives away, a metric being a name with its dimensions."""
FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"

Pairs = set[tuple[str, frozenset[tuple[str, str]]]]


def emf(text: str) -> list[dict[str, Any]]:
    """Every embedded-metric line of what was printed."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{") and '"_aws"' in line]


def pairs(lines: list[dict[str, Any]]) -> Pairs:
    """What CloudWatch bills: each name with each set of dimensions and their values."""
    return {
        (metric["Name"], frozenset((name, line[name]) for name in dimensions))
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    }


def everything() -> Mapping[Metric, Sequence[float]]:
    return {name: [1.0, 2.0] for name in Metric}


def test_all_that_the_functions_can_send_is_what_cloudwatch_gives_away(capsys: pytest.CaptureFixture[str]) -> None:
    handlers._send(everything(), "staging")

    lines = emf(capsys.readouterr().out)
    assert pairs(lines) == {(str(name), frozenset({("stage", "staging")})) for name in Metric}
    assert len(pairs(lines)) <= FREE
    assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in lines} == {"Fruits"}


def test_red_twin_a_second_dimension_or_an_eleventh_name_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    handlers._send(everything(), "staging")
    handlers.sender.add_dimension(name="stage", value="staging")
    handlers.sender.add_dimension(name="function", value="submit")
    handlers.sender.add_metric(name="photos_waiting", unit="Count", value=1)
    handlers.sender.flush_metrics()

    assert len(pairs(emf(capsys.readouterr().out))) == FREE + 1


def senders(source: str) -> list[str]:
    """The calls in source code that could send a metric."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [call.attr for call in calls if isinstance(call, ast.Attribute)]
    return [name for name in named if name in ("add_metric", "single_metric", "put_metric_data", "log_metrics")]


def test_one_place_sends_metrics() -> None:
    found = [name for path in FUNCTIONS.rglob("*.py") for name in senders(path.read_text())]

    assert found == ["add_metric"]


def test_red_twin_another_way_to_send_is_found() -> None:
    assert senders("cloudwatch.put_metric_data(Namespace='Fruits')\nmetrics.add_metric('a', 'b', 1)") != ["add_metric"]


@pytest.mark.parametrize("name", Metric)
def test_every_metric_has_a_unit_of_cloudwatchs(name: Metric) -> None:
    assert UNITS[name] in {"Count", "Seconds", "None"}


def test_rows_of_both_kinds_are_sent_together_so_that_a_share_can_be_told() -> None:
    counts = Counts({EndingCount.BATCHES_DONE: 1, PhotoCount("photos_features"): 7})
    counts[PhotoCount("photos_corrupt")] = 2
    counts[PhotoCount.RELEASED] = 5

    found = counted(counts)

    assert (found[Metric.ROWS_FEATURES], found[Metric.ROWS_REJECTED]) == ([7], [2])
    assert counted(Counts({EndingCount.BATCHES_DONE: 1}))[Metric.ROWS_REJECTED] == [0]


@pytest.mark.parametrize(
    "count",
    [
        EndingCount.RUNS_FAILED,
        EndingCount.RUNS_GAVE_UP,
        EndingCount.START_REFUSED,
        RefitCount.FAILED,
        RefitCount.START_REFUSED,
        MaintainCount.FAILED,
    ],
)
def test_every_run_that_failed_or_could_not_start_is_sent(count: Any) -> None:
    assert counted(Counts({count: 2}))[Metric.RUNS_FAILED] == [2]


@pytest.mark.parametrize("count", [EndingCount.RUNS_LATER, EndingCount.RUNS_NO_CAPACITY, EndingCount.BATCHES_TO_RETRY])
def test_what_may_pass_by_itself_is_no_failed_run(count: Any) -> None:
    assert counted(Counts({count: 2})) == {}


def test_a_batch_sends_how_long_each_of_its_photos_waited_for_its_row() -> None:
    world = World()
    world.upload(10)
    world.submit()
    world.clock.pass_(seconds=90)
    world.end("run-0")

    assert counted(world.tally)[Metric.UPLOAD_TO_ROW] == [90.0] * 10


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=2000))
def test_a_sample_keeps_the_ends_the_middle_and_its_size(values: list[float]) -> None:
    found, ordered = sample(values, SAMPLE), sorted(values)

    assert len(found) == min(len(values), SAMPLE)
    assert (found[0], found[-1]) == (ordered[0], ordered[-1])
    for share in (0.5, 0.95):
        rank = share * (len(ordered) - 1)
        near = ordered[max(0, int(rank - len(ordered) / 90)) : int(rank + len(ordered) / 90) + 2]
        assert min(near) <= found[round(share * (len(found) - 1))] <= max(near)


def gauges(world: World, cost: float = 0.0) -> dict[Metric, Sequence[float]]:
    return dict(Gauges(world.ledger, world.clock, world.batching.most).read(cost))


def test_zeros_are_sent_while_nothing_happens() -> None:
    elsewhere = {Metric.UPLOAD_TO_ROW, Metric.MODEL_BEHIND}

    assert gauges(World()) == {name: [0] for name in set(Metric) - elsewhere}


def test_what_waits_runs_and_is_in_quarantine_is_measured() -> None:
    world = World()
    world.upload(12)
    world.submit()
    world.clock.pass_(minutes=5)
    world.upload(3)

    found = gauges(world)

    assert found[Metric.RUN_SECONDS] == [300.0]
    assert (found[Metric.PHOTOS_WAITING], found[Metric.OLDEST_WAITING]) == ([3], [300.0])
    world.try_all("FAILED")
    assert gauges(world)[Metric.IN_QUARANTINE] == [len(world.ledger.quarantined())] != [0]


def test_photos_of_a_batch_that_waits_for_its_next_try_wait_too() -> None:
    world = World()
    world.upload(12)
    world.submit()
    world.end("run-0", "FAILED")
    world.clock.pass_(seconds=40)

    found = gauges(world)

    assert (found[Metric.PHOTOS_WAITING], found[Metric.OLDEST_WAITING]) == ([0], [40.0])


def test_submit_sends_gauges_and_what_the_month_has_cost(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    services = FakeServices(
        submitter=world.submitter(),
        gauges=Gauges(world.ledger, world.clock, world.batching.most),
        budgeting=Unlimited(3.5),
    )

    handlers.submit({}, Context(), services=services)

    (line,) = emf(capsys.readouterr().out)
    assert (line["photos_waiting"], line["month_cost_usd"]) == ([0.0], [3.5])


@pytest.mark.parametrize(("photos", "reads"), [(3, 1), (12, 4)])
def test_pages_that_wait_are_read_once_and_again_only_after_a_batch_was_made(
    photos: int, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    world.upload(photos)
    asked: list[int] = []
    read = world.ledger.waiting

    def waiting(at_most: int) -> Sequence[Page]:
        asked.append(at_most)
        return read(at_most)

    monkeypatch.setattr(world.ledger, "waiting", waiting)
    services = FakeServices(submitter=world.submitter(), gauges=Gauges(world.ledger, world.clock, world.batching.most))

    handlers.submit({}, Context(), services=services)

    assert len(asked) == reads


def test_what_a_call_counts_is_sent_in_the_place_of_its_gauges_zero(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.upload(12)
    world.submit()
    world.runner.end("run-0", "FAILED")
    services = FakeServices(submitter=world.submitter(), gauges=Gauges(world.ledger, world.clock, world.batching.most))

    handlers.submit({}, Context(), services=services)

    (line,) = emf(capsys.readouterr().out)
    assert (line["runs_failed"], line["rows_features"]) == ([1.0], [0.0])


@pytest.mark.filterwarnings("error")
def test_a_call_without_anything_to_send_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    handlers._report("collect", Counts(), FakeServices())

    assert emf(capsys.readouterr().out) == []


def test_the_model_is_behind_since_the_first_rows_that_it_has_not_seen() -> None:
    lake = FakeLake()
    assert refits.hours_behind(None, lake.model(), lake.table(), START) == 0
    history = lake.create()
    first = history.commit()
    assert refits.hours_behind(None, None, lake.table(), at(lake, 1) + timedelta(hours=30)) == pytest.approx(30)

    lake.publish(pointer(first, 1, 1))
    history.compact()
    assert refits.hours_behind(None, lake.model(), lake.table(), at(lake, 1) + timedelta(days=9)) == 0
    history.commit()
    history.commit()
    assert refits.hours_behind(None, lake.model(), lake.table(), at(lake, 3) + timedelta(hours=5)) == pytest.approx(5)


def test_rejections_alone_make_no_model_overdue_once_a_refit_has_looked_at_them() -> None:
    lake = FakeLake()
    history = lake.create()
    lake.publish(pointer(history.commit(), 1, 1))
    rejections, late = history.commit(), at(lake, 2) + timedelta(days=9)
    looked = ScheduledJob(Kind.REFIT, JobState.DONE, RunPlan(str(rejections), 10))

    assert refits.hours_behind(looked, lake.model(), lake.table(), late) == 0
    for job in (None, replace(looked, state=JobState.FAILED), replace(looked, plan=RunPlan("1", 10))):
        assert refits.hours_behind(job, lake.model(), lake.table(), late) > 200


def at(lake: FakeLake, sequence_number: int) -> Any:
    table = lake.table()
    assert table is not None
    return next(one.at for one in table.snapshots.values() if one.sequence_number == sequence_number)


def test_a_look_measures_and_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    world = ScheduledWorld()
    services = FakeServices(scheduled_jobs=world.jobs(), lake=world.lake, clock=world.clock)

    answer = handlers.refit({"look": True}, Context(), services=services)

    assert (answer["outcome"], world.runs) == ("looked", [])
    assert emf(capsys.readouterr().out)[0]["model_behind_hours"] == [answer["model_behind_hours"]]


def test_the_namespace_and_the_dimension_are_those_of_the_docs() -> None:
    assert (metrics.NAMESPACE, metrics.DIMENSION) == ("Fruits", "stage")
