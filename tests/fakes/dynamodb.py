"""DynamoDB's client with something in the way: a call at which the function is killed, or another one comes in."""

import threading
from collections.abc import Callable
from typing import Any

from tests.fakes.interposed import CrashError

CALLS = frozenset({"get_item", "put_item", "update_item", "delete_item", "transact_write_items"})


class Interrupted:
    """A client in whose nth call `event` happens, from its begin to its end: before the call, or after it."""

    def __init__(self, client: Any, nth: int, event: Callable[[], Any], *, after: bool = False) -> None:
        self._client, self._nth, self._event, self._after = client, nth, event, after
        self._lock = threading.Lock()
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._client, name)
        return (lambda **request: self._call(real, request)) if name in CALLS else real

    def _call(self, real: Callable[..., Any], request: dict[str, Any]) -> Any:
        with self._lock:
            self.calls += 1
            nth = self.calls
            if nth == self._nth and not self._after:
                self._event()
            try:
                return real(**request)
            finally:
                if nth == self._nth and self._after:
                    self._event()


class Killed(Interrupted):
    """A client whose function is killed at its nth call: before it, or when it was done. It calls nobody any more."""

    def __init__(self, client: Any, nth: int, *, after: bool = False) -> None:
        super().__init__(client, nth, self._kill, after=after)
        self._dead = False

    def _kill(self) -> None:
        self._dead = True
        raise CrashError

    def _call(self, real: Callable[..., Any], request: dict[str, Any]) -> Any:
        if self._dead:
            raise CrashError
        return super()._call(real, request)
