"""Polling looks at once, then at intervals, and stops when time is up."""

from itertools import count

from infra.ops.polling import poll


def test_it_looks_once_even_where_no_time_is_left_and_does_not_sleep() -> None:
    slept: list[float] = []
    assert list(poll(count().__next__, within=-1.0, every=2.0, sleep=slept.append)) == [0]
    assert slept == []


def test_it_sleeps_between_two_looks_and_looks_no_more_once_the_caller_has_left() -> None:
    slept: list[float] = []
    assert next(seen for seen in poll(count().__next__, within=3600.0, every=2.0, sleep=slept.append) if seen == 3) == 3
    assert slept == [2.0] * 3
