"""Run probes one after the other, and keep what each found or how it failed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Thread
from time import perf_counter
from typing import Any

from contracts.jobs.probes import Probe

LONGEST_MESSAGE = 400
TIMED_OUT = "TimedOut"

Look = Callable[[], Any]
"""Returns what was found, as JSON can hold it. May raise anything."""


@dataclass(slots=True)
class Found:
    """What a probe found, or the class and message of its error. `seconds` it took."""

    value: Any = None
    error: str | None = None
    seconds: float = 0.0


def look_at(probes: Iterable[tuple[Probe, Look]], within: float = 120.0) -> dict[str, Found]:
    """Do each probe and return what was found, by its name. Never raises.

    A probe that takes longer than `within` seconds is left to itself, on a thread that does not keep the process alive.
    """
    return {probe.value: _look(look, within) for probe, look in probes}


def described(error: BaseException) -> str:
    """Return class and message of an error in one line, cut. Of a Java error, its own message without the trace."""
    java = getattr(error, "java_exception", None)
    said = str(java) if java is not None else str(error)
    return f"{type(error).__name__}: {' '.join(said.split())}"[:LONGEST_MESSAGE]


def _look(look: Look, within: float) -> Found:
    found = Found(error=f"{TIMED_OUT}: no answer within {within:.0f} s")

    def run() -> None:
        try:
            value, error = look(), None
        except Exception as raised:  # noqa: BLE001  it is the point: an outcome with a name, and on to the next probe
            value, error = None, described(raised)
        found.value, found.error = value, error

    started, thread = perf_counter(), Thread(target=run, daemon=True)
    thread.start()
    thread.join(within)
    return Found(found.value, found.error, round(perf_counter() - started, 3))
