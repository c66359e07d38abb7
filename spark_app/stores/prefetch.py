"""Fetch ahead of the reader in threads, within a window."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Window:
    """How much may be under way at once: requests, and bytes of photos that are not yet decoded."""

    requests: int = 32
    in_flight_bytes: int = 64_000_000


def prefetch(
    items: Iterable[Item], get: Callable[[Item], Answer], size: Callable[[Item], int], window: Window
) -> Generator[tuple[Item, Answer]]:
    """Yield `(item, get(item))` in order, fetching ahead in threads, bounded by `window`.

    One item is always under way, however large. Abandoning the iterator cancels what has not started.
    """
    waiting: deque[tuple[Item, Future[Answer]]] = deque()
    under_way = 0
    pool = ThreadPoolExecutor(window.requests, thread_name_prefix="fetch")
    try:
        for item in items:
            while waiting and (len(waiting) >= window.requests or under_way + size(item) > window.in_flight_bytes):
                done, future = waiting.popleft()
                under_way -= size(done)
                yield done, future.result()
            waiting.append((item, pool.submit(get, item)))
            under_way += size(item)
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
