"""Make calls at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Answer = TypeVar("Answer")

THREADS = 16


def at_once(call: Callable[[Given], Answer], given: Sequence[Given]) -> list[Answer]:
    """Call for each of the given values, in threads, and return the answers in order. The first error is raised."""
    if len(given) < 2:
        return [call(one) for one in given]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, given))
