"""Look at something again and again until it is as one wants it, or time is up."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

Seen = TypeVar("Seen")


def poll(
    look: Callable[[], Seen], *, within: float, every: float, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Seen]:
    """Yield what `look` returns, once at least, and then every `every` seconds until `within` seconds have passed.

    The caller leaves the loop when it has seen what it waits for; a loop that ends by itself is a wait in vain.
    """
    deadline = time.monotonic() + within
    while True:
        yield look()
        if time.monotonic() > deadline:
            return
        sleep(every)
