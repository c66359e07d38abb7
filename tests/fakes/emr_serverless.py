"""A world for the service that a test holds in its hand: its time, its processes, its other services."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from infra.local.emr_serverless.api.service import Service
from infra.local.emr_serverless.machine.access import Access
from infra.local.emr_serverless.rules.events import Event
from infra.local.emr_serverless.rules.ports import Caller, Credentials, Exit, Launch, MissingError, RefusedError
from infra.local.emr_serverless.rules.records import Owner
from infra.local.emr_serverless.rules.sessions import Sessions
from infra.local.emr_serverless.rules.settings import EmulatorSettings

OWNER = Owner("123456789012", "eu-west-3")
ROLE = "arn:aws:iam::123456789012:role/job"
_WITHIN_SECONDS = 30


class HeldProcess:
    """A process that runs until the test ends it, or somebody stops it."""

    def __init__(self, launch: Launch) -> None:
        self.launch, self.stopped_with_grace = launch, [0.0][:0]
        self._ended = threading.Event()
        self._exit = Exit(0)

    def end(self, code: int, from_outside: bool = False) -> None:
        self._exit = Exit(code, from_outside)
        self._ended.set()

    def wait(self) -> Exit:
        assert self._ended.wait(_WITHIN_SECONDS)
        return self._exit

    def stop(self, grace_seconds: float) -> None:
        self.stopped_with_grace.append(grace_seconds)
        self.end(137)


class Issuer:
    """Issues credentials that say whose they are; refuses the roles that it is told to."""

    def __init__(self, clock: Callable[[], datetime], minutes: float = 15) -> None:
        self._clock, self._life = clock, timedelta(minutes=minutes)
        self.refused: set[str] = set()
        self.issued: list[Credentials] = []

    def issue(self, role_arn: str, session_name: str) -> Credentials:
        if role_arn in self.refused:
            raise RefusedError("its trust policy does not name the service")
        number = len(self.issued) + 1
        made = Credentials(f"ASIA{number}", session_name, role_arn, self._clock() + self._life)
        self.issued.append(made)
        return made


class HeldObjects:
    """Objects in a dictionary, by their URI. `fetched` counts each."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects, self.fetched = objects, Counter[str]()

    def fetch(self, uri: str, target: Path) -> None:
        target.write_bytes(self._content(uri))
        self.fetched[uri] += 1

    def content_id(self, uri: str) -> str:
        return sha256(self._content(uri)).hexdigest()

    def _content(self, uri: str) -> bytes:
        if uri not in self.objects:
            raise MissingError(f"{uri} is missing")
        return self.objects[uri]


class World:
    """Also the cloud, the runner and the clock that the service is given."""

    def __init__(self, scratch: Path, **given: Any) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.processes: list[HeldProcess] = []
        self.in_s3: dict[str, bytes] = {"s3://b/job.py": b"the job"}
        self.stored: dict[str, bytes] = {}
        self.events: list[Event] = []
        numbers = itertools.count(1)
        settings = EmulatorSettings(endpoint="http://127.0.0.1:1", scratch=scratch, **given)
        self.callers: list[Caller] = []
        self.issuer = Issuer(lambda: self.now)
        self.sessions = Sessions(self.issuer, lambda: self.now)
        access = Access(self.sessions, "http://127.0.0.1:2/v1/credentials", settings.token_in_file)
        self.service = Service(settings, self, self, access, lambda: self.now, lambda: f"00{next(numbers):014d}")

    def end(self) -> None:
        """End what still runs: a run's thread would wait for it beyond its test."""
        for process in self.processes:
            process.end(0)

    def objects(self, caller: Caller) -> HeldObjects:
        self.callers.append(caller)
        return HeldObjects(self.in_s3)

    def store(self, caller: Caller, bucket: str, key: str, body: bytes) -> None:
        self.callers.append(caller)
        self.stored[f"{bucket}/{key}"] = body

    def log(self, _caller: Caller, group: str, stream: str, text: str, _at: datetime) -> None:
        self.stored[f"{group}:{stream}"] = text.encode()

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def start(self, launch: Launch) -> HeldProcess:
        launch.stdout.write_text("out")
        launch.stderr.write_text("err")
        self.processes.append(HeldProcess(launch))
        return self.processes[-1]

    def perform(self, operation: str, /, **parameters: Any) -> Any:
        return self.service.perform(operation, OWNER, parameters)

    def application(self, **settings: Any) -> str:
        number = len(self.service.store.applications)
        made = self.perform(
            "CreateApplication",
            **{"releaseLabel": "emr-7.14.0", "type": "SPARK", "clientToken": f"application-{number}", **settings},
        )
        self.service.settle()
        return str(made["applicationId"])

    def submit(self, application: str, **more: Any) -> str:
        token = f"run-{len(self.service.store.applications[application].runs)}"
        driver = {"sparkSubmit": {"entryPoint": "s3://b/job.py"}}
        request = {"clientToken": token, "executionRoleArn": ROLE, "jobDriver": driver, **more}
        run = str(self.perform("StartJobRun", applicationId=application, **request)["jobRunId"])
        self.service.settle()
        return run

    def state(self, application: str, run: str) -> str:
        return str(self.perform("GetJobRun", applicationId=application, jobRunId=run)["jobRun"]["state"])

    def run(self, application: str, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.perform("GetJobRun", applicationId=application, jobRunId=run)["jobRun"]
        return found

    def wait_for(self, application: str, run: str, state: str) -> None:
        """Wait until work that goes on in a thread has brought a run into a state."""
        found = self.service.store.applications[application].runs[run]
        with self.service.store.changed:
            assert self.service.store.changed.wait_for(lambda: found.state == state, _WITHIN_SECONDS), found.state

    def wait_for_attempt(self, application: str, run: str, number: int) -> None:
        """Wait until a run is being tried for this time."""
        found = self.service.store.applications[application].runs[run]
        with self.service.store.changed:
            assert self.service.store.changed.wait_for(lambda: len(found.attempts) == number, _WITHIN_SECONDS)

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        self.service.settle()
