"""What the emulator needs from outside: the other services, credentials, processes, the time, new ids."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from .events import Event

Clock = Callable[[], datetime]
"""The time: aware, in UTC."""

Ids = Callable[[], str]
"""A new id: 16 lower-case letters and digits."""


class MissingError(Exception):
    """An object or file is missing, or cannot be read; the message says which and why."""


class RefusedError(Exception):
    """A role may not be assumed; the message says why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys of a role's session. `expires_at` is aware, in UTC."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(repr=False)
    expires_at: datetime


class CredentialIssuer(Protocol):
    """Gives job runs the credentials of their role."""

    def issue(self, role_arn: str, source_arn: str) -> Credentials:
        """Open a session of a role for the run with this ARN. Each call gives new keys.

        Raises RefusedError where the service may not.
        """


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls another service, and in which Region: a job run does it with the credentials of its role."""

    region: str
    credentials: Credentials


class Objects(Protocol):
    """Objects in S3, as one caller sees them."""

    def fetch(self, uri: str, target: Path) -> None:
        """Download an `s3://` URI into a file. Raises MissingError."""

    def content_id(self, uri: str) -> str:
        """Return what names the content of an `s3://` URI: its ETag. Raises MissingError."""


class Cloud(Protocol):
    """The services beside this one."""

    def objects(self, caller: Caller) -> Objects:
        """Return the objects in S3 as this caller sees them."""

    def store(self, caller: Caller, bucket: str, key: str, body: bytes) -> None:
        """Write an object. Raises MissingError when there is no such bucket."""

    def log(self, caller: Caller, group: str, stream: str, text: str, at: datetime) -> None:
        """Append lines to a log stream; create it where it is missing. Raises MissingError."""

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
