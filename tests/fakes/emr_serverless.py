"""A world for the service that a test holds in its hand: its time, its processes, its other services."""

import itertools
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.local.emr_serverless.api.service import Service
from infra.local.emr_serverless.rules.events import Event
from infra.local.emr_serverless.rules.ports import Exit, Launch, MissingError
from infra.local.emr_serverless.rules.records import Owner
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


class World:
    """Also the cloud, the runner and the clock that the service is given."""

    def __init__(self, scratch: Path, **given: Any) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.processes: list[HeldProcess] = []
        self.objects: dict[str, bytes] = {"s3://b/job.py": b"the job"}
        self.stored: dict[str, bytes] = {}
        self.events: list[Event] = []
        numbers = itertools.count(1)
        settings = EmulatorSettings(endpoint="http://127.0.0.1:1", scratch=scratch, **given)
        self.service = Service(settings, self, self, lambda: self.now, lambda: f"00{next(numbers):014d}")

    def end(self) -> None:
        """End what still runs: a run's thread would wait for it beyond its test."""
        for process in self.processes:
            process.end(0)

    def fetch(self, _owner: Owner, uri: str, target: Path) -> None:
        if uri not in self.objects:
            raise MissingError(f"{uri} is missing")
        target.write_bytes(self.objects[uri])

    def store(self, _owner: Owner, bucket: str, key: str, body: bytes) -> None:
        self.stored[f"{bucket}/{key}"] = body

    def log(self, _owner: Owner, group: str, stream: str, text: str, _at: datetime) -> None:
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
