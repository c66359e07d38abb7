"""When something is due each minute. Pure: the clock and the wait are given."""

from collections.abc import Callable


def tick(
    work: Callable[[float], None], clock: Callable[[], float], wait: Callable[[float], bool], every: float
) -> None:
    """Do the work at each whole multiple of `every` seconds, until `wait` returns True. A late one is not repeated."""
    while not wait(every - clock() % every):
        work(clock())
