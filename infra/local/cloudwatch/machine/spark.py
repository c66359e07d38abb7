"""The applications of the EMR Serverless that runs in this process, as CloudWatch is told of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..rules.services import Spark, Worker

_ENDED = ("SUCCESS", "FAILED", "CANCELLED")


@dataclass
class Applications:
    """Yields them at each look. `service` returns the service, None until something asked for one.

    A run that ended counts in its state for one look: AWS does not say for how long it does.
    """

    service: Callable[[], Any]
    _told: set[str] = field(default_factory=set)

    def __call__(self) -> Iterator[tuple[str, str, Spark]]:
        """Yield each application with its account and Region."""
        service = self.service()
        if service is None:
            return
        with service.store.changed:
            found = [
                (one.owner.account, one.owner.region, self._spark(one)) for one in service.store.applications.values()
            ]
        yield from found

    def _spark(self, application: Any) -> Spark:
        capacity = application.limits(60.0).capacity
        news = [run for run in application.runs.values() if run.run_id not in self._told]
        self._told |= {run.run_id for run in news if run.state in _ENDED}
        return Spark(
            application.application_id,
            str(application.settings.get("name") or "[Unspecified]"),
            [str(run.state) for run in news],
            [
                Worker("Spark_Executor" if number else "Spark_Driver", size.cpu, size.memory_gb)
                for workers in application.occupied()
                for number, size in enumerate(workers.sizes())
            ],
            capacity.cpu if capacity else None,
            capacity.memory_gb if capacity else None,
        )
