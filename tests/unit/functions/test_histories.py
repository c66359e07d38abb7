"""Whatever happens in whatever order, the promises hold; and each fault that once broke one is found again."""

from dataclasses import dataclass, fields
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.domain.counts import Counts
from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState
from chalicelib.services.endings import Endings
from chalicelib.services.ports import Job, JobRun
from chalicelib.services.submit import Submitter
from contracts.errors import GiveUp
from contracts.photos.manifest import Photo
from contracts.photos.results import Result
from tests.unit.functions.batch_world import World
from tests.unit.functions.history import Histories, PromiseBrokenError, Service

# A history that fails is shrunk and printed as the steps that lead to it, with a blob that repeats it.
OFTEN = settings(
    max_examples=500,
    stateful_step_count=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
# The same histories each time: a fault that is there must be found, and none of these takes long to.
SOON = settings(
    OFTEN, max_examples=1_000, phases=[Phase.generate], report_multiple_bugs=False, database=None, derandomize=True
)


def test_500_histories_of_50_steps_keep_every_promise() -> None:
    run_state_machine_as_test(Histories, settings=OFTEN)


class Hasty(Service):
    """Commits what may pass, whichever try it is."""

    def _result(self, photo: Photo) -> Result:
        return Result(photo.photo_id, self.judge(photo))


class Pedantic(Service):
    """Knows a request by its run's name alone: after a deployment the same token is another request."""

    def token(self, job: Job) -> str:
        return str(job.name)


class Unforgiving(Service):
    """Says of a run that it does not know that it is wrong to ask."""

    def get_run(self, run_id: str) -> JobRun | None:
        found = super().get_run(run_id)
        if found is None:
            raise GiveUp("GetJobRun: ResourceNotFoundException", "emr_refused")
        return found


class Unbounded(Submitter):
    """Lets what one batch meets stop all."""

    def _do_within_boundary(self, work: Any, batch: Batch, counts: Counts, *, otherwise: Any) -> Any:  # noqa: ARG002
        return work(batch, counts)


class Unrefused(Endings):
    """Takes a refused start for the end of everything."""

    def record_refusal(self, batch: Batch, reason: str, counts: Counts) -> None:  # noqa: ARG002
        raise GiveUp(reason, "emr_refused")


class Blunt(Endings):
    """Has no breaker."""

    def change_breaker(self, changed: Any) -> None:
        """Forget it."""


class Nameless(Endings):
    """Knows runs by their id alone."""

    def record_end(self, run: JobRun, counts: Counts) -> None:
        batch = None if run.name is None else self.ledger.batch(run.name.subject)
        if batch is not None and batch.state is BatchState.RUNNING:
            super().record_end(run, counts)


@dataclass
class UnboundedWorld(World):
    def submitter(self, **changes: Any) -> Submitter:
        found = super().submitter(**changes)
        return Unbounded(**{part.name: getattr(found, part.name) for part in fields(found)})

    def endings(self) -> Endings:
        return Unrefused(self.ledger, self.manifests, self.manifests, self.runner, self.clock)


@dataclass
class BluntWorld(World):
    def endings(self) -> Endings:
        return Blunt(self.ledger, self.manifests, self.manifests, self.runner, self.clock)


@dataclass
class NamelessWorld(World):
    def endings(self) -> Endings:
        return Nameless(self.ledger, self.manifests, self.manifests, self.runner, self.clock)


@dataclass
class DeadEndWorld(World):
    def redrive(self, batch_id: str | None = None) -> None:
        """There is no way out."""


FAULTS = {
    "a rejection that may pass is committed": (World, Hasty, "tried again before it is final|has its row"),
    "quarantine is a dead end": (DeadEndWorld, Service, "stuck for ever"),
    "there is no breaker": (BluntWorld, Service, "quarantines next to nothing"),
    "one bad batch stops all": (UnboundedWorld, Service, "stops no other"),
    "a token covers the name alone": (World, Pedantic, "stuck for ever"),
    "a run that is no longer known is an error": (World, Unforgiving, "stuck for ever"),
    "a run is known by its id alone": (NamelessWorld, Service, "known by its name"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_red_twin_a_fault_that_is_put_back_is_found_by_the_promise_it_breaks(fault: str) -> None:
    world, service, promise = FAULTS[fault]

    class Faulty(Histories):
        world_type, service_type = world, service

    with pytest.raises(PromiseBrokenError, match=promise):
        run_state_machine_as_test(Faulty, settings=SOON)
