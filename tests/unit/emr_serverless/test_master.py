import pytest

from infra.local.emr_serverless.rules.master import master
from infra.local.emr_serverless.rules.workers import Workers, WorkerSize


@pytest.mark.parametrize(
    ("kind", "executors", "cpu", "machine", "expected"),
    [
        ("local", 1, 2, 8, "local[2,4]"),
        ("local", 2, 4, 8, "local[8,4]"),
        ("local", 2, 4, 2, "local[2,4]"),
        ("local", 0, 4, 8, "local[4,4]"),
        ("cluster", 2, 4, 2, "local-cluster[2,4,8192]"),
        ("cluster", 0, 4, 2, "local-cluster[1,4,8192]"),
    ],
)
def test_a_job_gets_the_cores_that_it_asks_for_and_threads_share_those_of_the_machine(
    kind: str, executors: int, cpu: int, machine: int, expected: str
) -> None:
    workers = Workers(WorkerSize(1, 4), WorkerSize(cpu, 8), executors)
    assert master(kind, workers, machine) == expected
