import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.emr_serverless.rules.billing import Utilization, WorkerTime, billed, used
from infra.local.emr_serverless.rules.workers import WorkerSize

SMALL = WorkerSize(cpu=4, memory_gb=20)
worker_times = st.lists(
    st.builds(
        WorkerTime,
        st.builds(WorkerSize, st.sampled_from([1, 2, 4, 8, 16]), st.integers(2, 120), st.integers(20, 200)),
        st.floats(0, 1e5),
    ),
    max_size=5,
)


def test_a_second_is_billed_as_a_minute_and_used_as_a_second() -> None:
    """The figures of the User Guide's sample event: 0.067 vCPU hours are 4 vCPU for 60 s, 0.333 GB hours are 20 GB."""
    assert billed([WorkerTime(SMALL, 1.0)]) == Utilization(0.067, 0.333, 0.0)
    assert used([WorkerTime(SMALL, 1.0)]) == Utilization(0.001, 0.006, 0.006)


@pytest.mark.parametrize(("seconds", "counted"), [(59.9, 60), (60.0, 60), (60.001, 61), (3599.2, 3600)])
def test_beyond_the_minute_every_begun_second_counts(seconds: float, counted: int) -> None:
    assert billed([WorkerTime(WorkerSize(1, 2), seconds)]).vcpu_hours == round(counted / 3600, 3)


def test_twenty_gb_of_each_workers_disk_are_free() -> None:
    workers = [WorkerTime(WorkerSize(1, 2, disk_gb), 3600) for disk_gb in (20, 50)]
    assert billed(workers).storage_gb_hours == 30
    assert used(workers).storage_gb_hours == 70


def test_the_minute_is_for_every_worker() -> None:
    assert billed([WorkerTime(WorkerSize(1, 2), 1)] * 60).vcpu_hours == 1


@given(worker_times)
def test_what_is_billed_is_no_less_than_what_was_used_but_for_the_disk(workers: list[WorkerTime]) -> None:
    asked, bill = used(workers), billed(workers)
    assert bill.vcpu_hours >= asked.vcpu_hours
    assert bill.memory_gb_hours >= asked.memory_gb_hours
