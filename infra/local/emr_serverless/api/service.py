"""The service: HTTP requests to HTTP answers; here its parts are put together."""

import logging
import queue
import threading
import time
from datetime import timedelta
from typing import Any

from ..machine.access import Access
from ..machine.work import Work
from ..rules.applications import Applications
from ..rules.errors import ServiceError
from ..rules.events import Event
from ..rules.ports import Clock, Cloud, Ids, Runner
from ..rules.records import Owner, Run
from ..rules.runs import Runs
from ..rules.settings import EmulatorSettings
from ..rules.store import Store
from ..rules.ticker import Ticker
from . import wire
from .operations import Operations
from .throttle import Throttle
from .validation import model, validated

_END = None
_LOG = logging.getLogger(__name__)


class Service:
    """An EMR Serverless for every account and Region. Its threads run from `start` to `close`."""

    def __init__(
        self, settings: EmulatorSettings, cloud: Cloud, runner: Runner, access: Access, clock: Clock, ids: Ids
    ) -> None:
        self._settings, self._cloud, self._clock = settings, cloud, clock
        self.store = Store()
        self._throttle = Throttle()
        self._events: queue.Queue[Event | None] = queue.Queue()
        applications = Applications(self.store, clock, ids, self._events.put)
        self._runs = Runs(self.store, clock, ids, self._events.put, self._carry_out)
        self._work = Work(self.store, self._runs, cloud, runner, access, settings, clock)
        self._ticker = Ticker(self.store, applications, self._runs, clock, settings.minute_seconds)
        self._operations = Operations(self.store, applications, self._runs, self._is_billed)
        self._messenger = threading.Thread(target=self._publish, name="emr-serverless-events", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        self._messenger.start()
        self._ticker.start()

    def close(self) -> None:
        """Stop every job, wait until none is left, and stop the threads."""
        self._ticker.stop()
        self.reset()
        self._events.put(_END)

    def reset(self) -> None:
        """Stop every job, wait until none is left, and forget everything."""
        with self.store.changed:
            processes = self._runs.abandon_all()
            self.store.clear()
        for process in processes:
            process.wait()

    def settle(self) -> None:
        """Do everything that is due, now."""
        with self.store.changed:
            self._ticker.advance()

    def _is_billed(self, run: Run) -> bool:
        """Return whether the bill of a run, or of one of its attempts, is known by now."""
        late = timedelta(seconds=self._settings.bill_minutes * self._settings.minute_seconds)
        return not late or (run.ended_at is not None and self._clock() >= run.ended_at + late)

    async def handle(self, owner: Owner, method: str, path: str, query: wire.Query, body: bytes) -> wire.Answer:
        """Answer one request. All data are in memory and nothing blocks, so it runs on the caller's event loop."""
        try:
            operation, parameters = wire.decode(method, path, query, body)
            if self._settings.throttling:
                self._throttle.admit(f"{owner.account} {owner.region}", operation.name, time.monotonic())
            result = self._operations.perform(operation.name, owner, validated(operation, parameters))
            return wire.encode(operation, result)
        except ServiceError as error:
            return wire.refusal(error)

    def perform(self, name: str, owner: Owner, parameters: dict[str, Any]) -> dict[str, Any]:
        """Perform an operation for a caller in this process. Raises ServiceErrors."""
        return self._operations.perform(name, owner, validated(model().operation_model(name), parameters))

    def _carry_out(self, run: Run) -> None:
        threading.Thread(target=self._work.carry_out, args=(run,), name=f"emr-{run.run_id}", daemon=True).start()

    def _publish(self) -> None:
        """Send events one by one, in order. An event that fails is dropped: AWS too sends them by best effort."""
        for event in iter(self._events.get, _END):
            try:
                self._cloud.publish(event)
            except Exception:  # noqa: BLE001 - the receivers are somebody else's code
                _LOG.exception("an event was lost: %s", event.detail_type)
