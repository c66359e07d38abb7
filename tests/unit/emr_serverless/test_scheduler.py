from hypothesis import given
from hypothesis import strategies as st

from infra.local.emr_serverless.rules.scheduler import (
    Admit,
    Expire,
    Queue,
    Refuse,
    Resources,
    SchedulingLimits,
    Waiting,
    decide,
)
from infra.local.emr_serverless.rules.workers import Workers, WorkerSize

ONE = WorkerSize(1, 2)
PAIR = Workers(ONE, ONE, 1)
LIMITS = SchedulingLimits(max_concurrent_runs=2, capacity=None, queue_timeout_seconds=100)


def waiting(*names: str, workers: Workers = PAIR) -> list[Waiting]:
    return [Waiting(name, workers, None) for name in names]


def test_runs_get_their_turn_in_the_order_they_came() -> None:
    assert decide(LIMITS, [], waiting("a", "b", "c"), 0) == [Admit("a", 1), Admit("b", 1), Queue("c")]


def test_what_runs_already_counts() -> None:
    assert decide(LIMITS, [PAIR, PAIR], waiting("a"), 0) == [Queue("a")]


def test_a_run_that_is_queued_already_is_not_queued_again() -> None:
    assert decide(LIMITS, [PAIR, PAIR], [Waiting("a", PAIR, 0.0)], 99) == []


def test_a_queued_run_gives_up_at_the_timeout_even_with_room() -> None:
    [decision] = decide(LIMITS, [], [Waiting("a", PAIR, 0.0)], 100)
    assert isinstance(decision, Expire)


def test_nobody_overtakes_a_run_that_waits_for_capacity() -> None:
    limits = SchedulingLimits(9, Resources(4, 100), 100)
    big = Waiting("big", Workers(WorkerSize(2, 4), WorkerSize(2, 4), 1), None)
    assert decide(limits, [PAIR], [big, *waiting("small")], 0) == [Queue("big"), Queue("small")]


def test_a_run_takes_as_many_executors_as_fit() -> None:
    limits = SchedulingLimits(9, Resources(4, 100), 100)
    assert decide(limits, [], waiting("a", workers=Workers(ONE, ONE, 50)), 0) == [Admit("a", 3)]


def test_memory_and_disk_bound_it_too() -> None:
    wide = Workers(ONE, ONE, 5)
    assert decide(SchedulingLimits(9, Resources(99, 6), 100), [], waiting("a", workers=wide), 0) == [Admit("a", 2)]
    assert decide(SchedulingLimits(9, Resources(99, 99, 40), 100), [], waiting("a", workers=wide), 0) == [Admit("a", 1)]


def test_a_run_that_never_fits_is_refused_and_does_not_block_the_next() -> None:
    limits = SchedulingLimits(9, Resources(2, 100), 100)
    huge = Waiting("huge", Workers(WorkerSize(4, 8), ONE, 1), None)
    refused, admitted = decide(limits, [], [huge, *waiting("small")], 0)
    assert isinstance(refused, Refuse)
    assert admitted == Admit("small", 1)


def test_an_application_that_does_not_queue_runs_all_and_fails_what_has_no_room() -> None:
    assert decide(SchedulingLimits(None, None, 0), [PAIR] * 99, waiting("a"), 0) == [Admit("a", 1)]
    [decision] = decide(SchedulingLimits(None, Resources(2, 4), 0), [PAIR], waiting("a"), 0)
    assert isinstance(decision, Refuse)


def test_a_driver_alone_runs_where_no_executor_is_asked_for() -> None:
    alone = Workers(ONE, ONE, 0)
    assert decide(SchedulingLimits(9, Resources(1, 2), 100), [], waiting("a", workers=alone), 0) == [Admit("a", 0)]


@given(
    st.integers(1, 4),
    st.integers(2, 12),
    st.lists(st.integers(0, 6), max_size=6),
)
def test_no_decision_ever_exceeds_a_limit(most: int, cpu: int, executors: list[int]) -> None:
    runs = [Waiting(str(index), Workers(ONE, ONE, count), None) for index, count in enumerate(executors)]
    decisions = decide(SchedulingLimits(most, Resources(cpu, 10**6), 100), [], runs, 0)
    admitted = [decision for decision in decisions if isinstance(decision, Admit)]
    assert len(admitted) <= most
    assert sum(1 + decision.executors for decision in admitted) <= cpu
    assert len(decisions) == len(runs)
