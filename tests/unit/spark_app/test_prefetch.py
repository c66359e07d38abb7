"""Prefetch: everything once, in order, and never more under way than the window allows."""

from threading import Event, Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_app.stores.prefetch import Window, prefetch


class Gauge:
    """Counts what is under way, and remembers the most."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes, self.lock = sizes, Lock()
        self.started: list[int] = []
        self.taken = 0
        self.most_requests = self.most_bytes = 0

    def get(self, index: int) -> int:
        with self.lock:
            self.started.append(index)
        return index * 10

    def look(self) -> None:
        with self.lock:
            ahead = sorted(self.started)[self.taken :]
        self.most_requests = max(self.most_requests, len(ahead))
        self.most_bytes = max(self.most_bytes, sum(self.sizes[index] for index in ahead))


@given(st.lists(st.integers(0, 100), max_size=60), st.integers(1, 8), st.integers(1, 300))
def test_every_item_is_answered_once_in_order_within_the_window(sizes: list[int], requests: int, volume: int) -> None:
    gauge = Gauge(sizes)
    window = Window(requests, volume)

    answers = []
    for item, answer in prefetch(range(len(sizes)), gauge.get, lambda index: sizes[index], window):
        gauge.taken += 1
        gauge.look()
        answers.append((item, answer))

    assert answers == [(index, index * 10) for index in range(len(sizes))]
    assert gauge.most_requests <= requests
    # One item is always allowed, however large; the item just submitted joins those that fitted.
    assert gauge.most_bytes <= max(volume, max(sizes, default=0))


def test_requests_really_run_ahead_of_the_consumer() -> None:
    third_started = Event()

    def get(index: int) -> int:
        if index == 2:
            third_started.set()
        return index

    answers = prefetch(range(5), get, lambda _: 1, Window(3, 1000))

    assert next(answers) == (0, 0)
    assert third_started.wait(10)


def test_an_abandoned_iterator_starts_nothing_more_and_leaves_no_thread() -> None:
    started: list[int] = []

    def get(index: int) -> int:
        started.append(index)
        return index

    answers = prefetch(range(1000), get, lambda _: 1, Window(4, 1000))
    next(answers)

    answers.close()

    assert len(started) <= 5


def test_an_error_of_the_getter_reaches_the_consumer_and_is_not_swallowed() -> None:
    def get(index: int) -> int:
        raise ZeroDivisionError(index)

    with pytest.raises(ZeroDivisionError):
        list(prefetch([1], get, lambda _: 1, Window()))
