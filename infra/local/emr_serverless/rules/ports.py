"""What the emulator needs from outside: the other services, processes, the time, new ids."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from .events import Event
from .records import Owner

Clock = Callable[[], datetime]
"""The time: aware, in UTC."""

Ids = Callable[[], str]
"""A new id: 16 lower-case letters and digits."""


class MissingError(Exception):
    """An object or file is missing, or cannot be read; the message says which and why."""


class Cloud(Protocol):
    """The services beside this one."""

    def fetch(self, owner: Owner, uri: str, target: Path) -> None:
        """Download an `s3://` URI into a file. Raises MissingError."""

    def store(self, owner: Owner, bucket: str, key: str, body: bytes) -> None:
        """Write an object. Raises MissingError when there is no such bucket."""

    def log(self, owner: Owner, group: str, stream: str, text: str, at: datetime) -> None:
        """Append lines to a log stream; create it where it is missing."""

    def publish(self, event: Event) -> None:
        """Send an event to the account's default bus."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A command, its whole environment, its working folder, and the files that it prints to."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    stdout: Path
    stderr: Path


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended. `from_outside`: another program ended it, as when the machine shuts down."""

    code: int
    from_outside: bool = False


class Process(Protocol):
    """A running command and all that it started."""

    def wait(self) -> Exit:
        """Wait until no process of it is left."""

    def stop(self, grace_seconds: float) -> None:
        """Begin to stop all of it: terminate, and kill after `grace_seconds`. Returns at once."""


class Runner(Protocol):
    """Starts commands."""

    def start(self, launch: Launch) -> Process:
        """Start a command. Raises OSError where it cannot be started."""
