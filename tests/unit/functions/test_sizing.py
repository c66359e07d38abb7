"""A run's size follows from its batch, and never exceeds its share of the capacity."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.batches import Batching
from chalicelib.domain.sizing import START_MINUTES, Capacity, Size, scheduled_size, size
from contracts.jobs.names import SCHEDULED, Kind
from contracts.photos.costs import cpu_seconds

NEW_ACCOUNT = Capacity(16, 64)
BATCHING = Batching(1000, 10_000, timedelta(minutes=60), 2)


SMALL = cpu_seconds("uploads/o/l/a.jpg", 5_000)


@pytest.mark.parametrize(
    ("photos", "executors", "cores"),
    [(1, 1, 2), (1_000, 1, 2), (29_000, 1, 2), (30_500, 1, 4), (60_000, 1, 4), (100_000, 1, 4)],
)
def test_sizes_in_a_new_account(photos: int, executors: int, cores: int) -> None:
    found = size(SMALL * photos, 0, NEW_ACCOUNT, BATCHING)

    assert (found.executors, found.executor_cores) == (executors, cores)


def test_a_run_of_6000_large_photos_of_a_phone_has_time_for_them_and_of_small_ones_as_before() -> None:
    heic = size(6_000 * cpu_seconds("uploads/o/l/a.HEIC", 1_700_000), 0, NEW_ACCOUNT, BATCHING)
    small = size(6_000 * SMALL, 0, NEW_ACCOUNT, BATCHING)

    assert heic.timeout_minutes * heic.executors * heic.executor_cores >= 2 * 6_000 * 0.5 / 60
    assert heic.executor_cores == 4
    assert small == Size(1, 2, 15)


def test_each_attempt_has_twice_the_time_of_the_one_before_up_to_half_a_day() -> None:
    minutes = [size(6_000 * SMALL, failures, NEW_ACCOUNT, BATCHING).timeout_minutes for failures in (0, 1, 2, 3, 9)]

    assert minutes == [15, 30, 60, 120, 720]


def test_a_large_account_takes_a_large_batch_with_more_executors() -> None:
    assert size(1_000_000 * SMALL, 0, Capacity(400, 1_600), BATCHING).executors == 17


@given(st.integers(1, 1_000_000), st.integers(6, 4_000), st.integers(1, 8))
def test_all_runs_in_flight_fit_the_capacity_and_have_time_for_their_work(
    photos: int, vcpu: int, in_flight: int
) -> None:
    capacity = Capacity(max(vcpu, 3 * in_flight), max(4 * vcpu, 8 * in_flight))
    batching = Batching(1, photos, timedelta(minutes=1), in_flight)

    found = size(photos / 50, 0, capacity, batching)

    assert found.executors >= 1
    assert in_flight * found.vcpu <= capacity.vcpu
    assert in_flight * found.memory_gb <= capacity.memory_gb
    work_minutes = photos / (50 * found.executors * found.executor_cores) / 60
    assert found.timeout_minutes >= START_MINUTES + 2 * work_minutes


@given(st.integers(1, 100_000))
def test_workers_are_of_sizes_that_emr_serverless_has(photos: int) -> None:
    found = size(photos / 50, 0, NEW_ACCOUNT, BATCHING)

    low, high = {2: (4, 16), 4: (8, 30)}[found.executor_cores]
    assert low <= found.executor_gb <= high


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (1, Size(1, 2, 30)),
        (6_382, Size(1, 2, 30)),
        (200_000, Size(1, 2, 30)),
        (500_000, Size(1, 2, 30)),
        (2_000_000, Size(1, 4, 35)),
    ],
)
def test_sizes_of_a_refit_in_a_new_account(rows: int, found: Size) -> None:
    assert scheduled_size(Kind.REFIT, rows, NEW_ACCOUNT, BATCHING) == found


def test_a_large_account_fits_a_large_table_with_more_executors() -> None:
    assert scheduled_size(Kind.REFIT, 10_000_000, Capacity(400, 1_600), BATCHING).executors == 9


@given(st.sampled_from(sorted(SCHEDULED)), st.integers(0, 100_000_000), st.integers(6, 4_000), st.integers(1, 8))
def test_a_scheduled_job_takes_no_more_than_a_run_in_flight_may_and_has_time_for_every_row(
    kind: Kind, rows: int, vcpu: int, in_flight: int
) -> None:
    capacity = Capacity(max(vcpu, 3 * in_flight), max(4 * vcpu, 8 * in_flight))

    found = scheduled_size(kind, rows, capacity, Batching(1, 1, timedelta(minutes=1), in_flight))

    assert found.executors >= 1
    assert in_flight * found.vcpu <= capacity.vcpu
    assert in_flight * found.memory_gb <= capacity.memory_gb
    assert found.timeout_minutes >= max(
        30, START_MINUTES + 2 * rows / (2_000 * found.executors * found.executor_cores) / 60
    )
