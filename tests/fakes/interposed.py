"""Ports with something in the way: a call that fails, a function that is killed, another one that comes in between."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

Port = TypeVar("Port")
Around = Callable[..., Any]
"""Is given the real call and its arguments, in place of the call."""


class CrashError(Exception):
    """The function was killed."""


@dataclass
class _Interposed:
    """All of a port, but for one of its calls."""

    port: Any
    step: str
    around: Around

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.port, name)
        return (lambda *args: self.around(real, *args)) if name == self.step else real


def interposed(port: Port, step: str, around: Around) -> Port:
    """Return the port with `around` in place of the call `step`."""
    return cast(Port, _Interposed(port, step, around))


def crashing(port: Port, at: str, nth: int = 1, after: bool = False) -> Port:
    """Return the port with the function killed at the nth call of a step: before it, or after it."""
    calls = itertools.count(1)

    def killed(real: Callable[..., Any], *args: Any) -> Any:
        if next(calls) != nth:
            return real(*args)
        if after:
            real(*args)
        raise CrashError

    return interposed(port, at, killed)


def failing(port: Port, at: str, error: Exception, answers: tuple[bool, ...] = ()) -> Port:
    """Return the port with a step that raises; `answers`: the first calls, True for one that goes through.

    Without `answers` every call raises. Behind them every call goes through.
    """
    left = iter(answers)

    def sometimes(real: Callable[..., Any], *args: Any) -> Any:
        if not next(left, bool(answers)):
            raise error
        return real(*args)

    return interposed(port, at, sometimes)


def meeting(port: Port, at: str, other: Callable[[], Any]) -> Port:
    """Return the port with `other` happening, from its begin to its end, right before the first call of a step."""
    calls = itertools.count()

    def met(real: Callable[..., Any], *args: Any) -> Any:
        if next(calls) == 0:
            other()
        return real(*args)

    return interposed(port, at, met)
