"""What the emulator needs from the world: the rest of the cloud, processes, time, chance."""

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
    """There is no such object, or it cannot be read; the message says which and why."""


class Cloud(Protocol):
    """The services beside this one."""

    def fetch(self, owner: Owner, uri: str, target: Path) -> None:
        """Download an `s3://` URI into a file. Raises MissingError."""

    def store(self, owner: Owner, bucket: str, key: str, body: bytes) -> None:
        """Write an object. Raises MissingError when there is no such bucket."""

    def log(self, owner: Owner, group: str, stream: str, text: str, at: datetime) -> None:
        """Append lines to a log stream, which is made where it is missing."""

    def publish(self, event: Event) -> None:
        """Send an event to the account's default bus."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A command, its whole environment, its working folder, and the files for what it prints."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    stdout: Path
    stderr: Path


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended. `from_outside`: it was told to end by somebody else, as when the machine shuts down."""

    code: int
    from_outside: bool = False


class Process(Protocol):
    """A running command and all that it started."""

    def wait(self) -> Exit:
        """Return when nothing of it is left."""

    def stop(self, grace_seconds: float) -> None:
        """Have it end, all of it: asked first and given this long, then forced. Does not wait."""


class Runner(Protocol):
    """Starts commands."""

    def start(self, launch: Launch) -> Process:
        """Start it. Raises OSError when it cannot be started at all."""
