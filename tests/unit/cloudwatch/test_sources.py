"""What services send each minute, and how queries find exactly what was sent."""

from collections.abc import Sequence
from typing import Any

import pytest

from infra.local.cloudwatch.rules import queries, services
from infra.local.cloudwatch.rules.queries import Metric, Span
from infra.local.cloudwatch.rules.services import Measured, Spark, Worker
from infra.local.cloudwatch.rules.statistics import Sample
from infra.local.cloudwatch.rules.ticking import tick


def values(measured: Sequence[Measured], **dimensions: str) -> dict[str, float]:
    return {one.name: one.value for one in measured if dimensions.items() <= dict(one.dimensions).items()}


def test_a_queue_sends_how_many_messages_are_visible_and_the_age_of_the_oldest() -> None:
    found = list(services.of_queue("uploads", [40.0, 90.0], 100.0))

    assert values(found) == {"ApproximateNumberOfMessagesVisible": 2, "ApproximateAgeOfOldestMessage": 60}
    assert {frozenset(one.dimensions.items()) for one in found} == {frozenset({("QueueName", "uploads")})}
    assert set(values(list(services.of_queue("empty", [], 100.0))).values()) == {0}


def test_an_application_sends_runs_by_state_and_workers_by_kind_under_its_id_and_name() -> None:
    workers = [Worker("Spark_Driver", 4, 16), Worker("Spark_Executor", 4, 30), Worker("Spark_Executor", 4, 30)]
    found = list(services.of_spark(Spark("00f1", "fruits-dev", ["RUNNING", "QUEUED", "FAILED"], workers, 16, 64)))

    whole = {one.name: one.value for one in found if set(one.dimensions) == {"ApplicationId", "ApplicationName"}}
    assert (whole["RunningJobs"], whole["FailedJobs"], whole["PendingJobs"]) == (1, 1, 0)
    assert (whole["MaxCPUAllowed"], whole["MaxMemoryAllowed"]) == (16, 64)
    assert "QueuedJobs" not in whole
    assert values(found, WorkerType="Spark_Driver")["CPUAllocated"] == 4
    executors = values(found, WorkerType="Spark_Executor", CapacityAllocationType="OnDemandCapacity")
    assert (executors["CPUAllocated"], executors["MemoryAllocated"], executors["RunningWorkerCount"]) == (8, 60, 2)


def test_an_application_without_a_limit_sends_none() -> None:
    found = services.of_spark(Spark("00f1", "fruits-dev", [], [], None, None))

    assert not {one.name for one in found} & {"MaxCPUAllowed", "MaxMemoryAllowed"}


@pytest.mark.parametrize(("failed", "errors"), [(False, 0), (True, 1)])
def test_each_invocation_sends_whether_it_failed_and_how_long_it_took(failed: bool, errors: float) -> None:
    found = values(list(services.of_invocation("submit", 0.25, failed=failed)), FunctionName="submit")

    assert found == {"Invocations": 1, "Errors": errors, "Duration": 250}


def stored(metric: Metric) -> Sequence[Sample]:
    known = {("Fruits", "rows", frozenset({("stage", "dev")})): [Sample(10, 4), Sample(70, 6)]}
    return known.get(metric, [])


def query(query_id: str, stage: str = "dev", **more: str) -> dict[str, Any]:
    metric = {"Namespace": "Fruits", "MetricName": "rows", "Dimensions": [{"Name": "stage", "Value": stage}]}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, **more}


def test_a_query_finds_the_metric_of_all_its_dimensions_and_math_what_it_is_made_of() -> None:
    asked: list[dict[str, Any]] = [
        {"Id": "twice", "Expression": "2 * own"},
        query("own", ReturnData="false"),
        query("other", "prod"),
    ]

    found = queries.answers(asked, stored, Span(0, 60, 3))

    assert found == {"own": [4, 6, None], "other": [None, None, None], "twice": [8, 12, None]}
    assert queries.period(asked) == 60
    assert [queries.returned(one) for one in asked] == [True, False, True]


def test_a_tick_comes_at_each_whole_minute_until_it_is_over() -> None:
    now, waited, worked = [50.0], list[float](), list[float]()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        now[0] += seconds
        return len(waited) > 3

    def work(at: float) -> None:
        worked.append(at)
        now[0] += 70 if len(worked) == 2 else 1  # the second one is late: nothing is made up for

    tick(work, lambda: now[0], wait, 60.0)

    assert worked == [60, 120, 240]
