"""What one batch meets stops no other, what all meet is no batch's fault, and quarantine has a way back."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import LedgerPhoto
from chalicelib.domain.states import BatchState, PhotoState
from chalicelib.services.endings import BILL_WITHIN
from chalicelib.services.ports import Job, JobRun
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import Kind, RunName
from contracts.jobs.report import Closing
from contracts.photos.results import decode, encode
from tests.fakes.functions import FakeJobRunner
from tests.fakes.interposed import CrashError, crashing, interposed, meeting
from tests.unit.functions.batch_world import World

VCPU = "Job failed as account has reached the service limit on the maximum vCPU"


@pytest.fixture
def world() -> World:
    return World()


class Moody(FakeJobRunner):
    """Refuses to start some batches, and forgets some runs."""

    refused: frozenset[str] = frozenset()
    broken: bool = False

    def start(self, job: Job) -> str:
        if self.broken or job.name.subject in self.refused:
            raise GiveUp("StartJobRun: ConflictException", "emr_refused")
        return super().start(job)


def moody(world: World) -> Moody:
    world.runner = runner = Moody(world.manifests)
    return runner


def started(world: World, count: int = 10) -> str:
    """Upload photos, start their batch and return its id."""
    known = set(world.ledger.kept)
    world.upload(count)
    world.submit()
    (batch_id,) = set(world.ledger.kept) - known
    return batch_id


def test_a_batch_whose_start_is_refused_stops_no_other_and_its_attempts_end(world: World) -> None:
    runner = moody(world)
    bad = started(world)
    world.end("run-0", "FAILED")
    runner.refused = frozenset({bad})

    for _ in range(60 * 5):
        world.upload(1)
        world.submit()
        for run_id in world.runner.running():
            world.end(run_id)
        world.clock.pass_(minutes=1)

    assert world.ledger.kept[bad].state is BatchState.QUARANTINED
    assert "ConflictException" in world.ledger.kept[bad].reason
    assert world.states()[PhotoState.DONE] >= 290
    assert world.counts["batch_start_refused"] == 18


def test_a_run_that_the_service_does_not_know_counts_as_failed_and_stops_no_other(world: World) -> None:
    started(world)
    world.runner = FakeJobRunner(world.manifests)  # a stack made anew over a kept ledger

    world.submit()

    assert world.counts["batch_runs_vanished"] == 1
    (batch,) = world.ledger.open_batches()
    assert (batch.state, batch.failures, batch.run.state) == (BatchState.READY, 1, "FAILED")
    world.drained()
    assert world.states() == {PhotoState.DONE: 10}


def test_while_one_look_is_refused_the_other_batches_go_on(world: World) -> None:
    started(world)

    class Blind(FakeJobRunner):
        def get_run(self, run_id: str) -> JobRun | None:
            if run_id == "run-0":
                raise GiveUp("GetJobRun: AccessDeniedException", "emr_refused")
            return super().get_run(run_id)

    world.runner = Blind(world.manifests, runs=world.runner.runs, jobs=world.runner.jobs, tokens=world.runner.tokens)
    started(world)

    assert world.counts["batch_emr_refused"] == 1
    assert world.counts["batch_runs_started"] == 2


def test_a_lost_reply_before_a_deployment_is_another_run_and_either_end_is_taken(world: World) -> None:
    world.runner.lost_replies = 1
    world.upload(10)
    world.submit()
    world.runner.settings = "MaxVcpu=32"

    first = world.runner.end("run-0")  # nobody ever had its id
    world.endings().record_end(first, world.tally)

    assert world.states() == {PhotoState.DONE: 10}
    world.submit()
    assert list(world.runner.runs) == ["run-0"]
    (batch,) = world.ledger.batches()
    assert (batch.state, batch.run.run_id) == (BatchState.DONE, "run-0")


def test_after_a_lost_reply_and_a_deployment_the_start_is_asked_for_anew_and_leaves_one_copy(world: World) -> None:
    world.runner.lost_replies = 1
    world.upload(10)
    world.submit()
    world.runner.settings = "MaxVcpu=32"
    world.submit()

    for run_id in ("run-0", "run-1"):
        world.end(run_id)

    assert world.counts["batch_run_not_awaited"] == 1
    assert world.states() == {PhotoState.DONE: 10}
    assert len(world.runner.rows) == 10


@pytest.mark.parametrize("attempt", [2, 0])
def test_a_run_of_another_attempt_is_not_taken_by_its_name(world: World, attempt: int) -> None:
    world.runner.lost_replies = 1
    world.upload(10)
    world.submit()
    name = RunName(Kind.EXTRACT, world.runner.jobs["run-0"].name.subject, attempt)

    world.endings().record_end(JobRun("x", name, "SUCCESS", "", 1, {}), world.tally)

    assert world.counts["batch_run_not_awaited"] == 1


def test_between_attempts_a_batch_waits_and_holds_no_place_in_flight(world: World) -> None:
    for _ in range(3):
        started(world)
        world.end(world.runner.running()[0], "FAILED")
        world.ledger.fuse = Breaker(revision=world.ledger.fuse.revision)

    started(world)

    assert len(world.runner.running()) == 1
    waits = [batch.not_before for batch in world.ledger.batches() if batch.state is BatchState.READY]
    assert waits == [world.clock() + timedelta(minutes=1)] * 3


def test_a_set_up_that_is_wrong_for_hours_quarantines_nothing(world: World) -> None:
    world.upload(60)
    world.try_all("FAILED", hours=12)
    assert world.counts["breaker_open"]
    assert PhotoState.QUARANTINED not in world.states()
    runs = len(world.runner.runs)
    assert runs < 25

    world.drained()

    assert world.states() == {PhotoState.DONE: 60}
    assert not world.ledger.fuse.open
    assert len(world.runner.rows) == len(set(world.runner.rows)) == 60


def test_an_open_breaker_lets_one_run_probe_at_a_time_after_1_10_and_60_minutes(world: World) -> None:
    world.upload(50)
    started_at = []
    for minute in range(200):
        before = len(world.runner.runs)
        world.submit()
        started_at += [minute] * (len(world.runner.runs) - before)
        for run_id in world.runner.running():
            world.end(run_id, "FAILED")
        world.clock.pass_(minutes=1)

    assert started_at == [0, 0, 1, 11, 71, 131, 191]


def test_two_bad_batches_hold_good_photos_for_minutes_and_end_by_themselves(world: World) -> None:
    bad = {started(world), started(world)}
    for _ in range(60 * 4):
        for run_id in world.runner.running():
            poor = world.runner.jobs[run_id].name.subject in bad
            world.end(run_id, "FAILED" if poor else "SUCCESS")
        world.clock.pass_(minutes=1)
        world.upload(10)
        world.submit()

    assert {world.ledger.kept[one].state for one in bad} == {BatchState.QUARANTINED}
    assert world.states()[PhotoState.DONE] > 60 * 4 * 10 * 0.9


def test_for_want_of_capacity_no_attempt_is_used_up_however_long_it_lasts(world: World) -> None:
    world.upload(20)
    world.try_all("FAILED", VCPU, hours=72)

    assert PhotoState.QUARANTINED not in world.states()
    assert world.counts["batch_runs_no_capacity"] > 50
    assert not world.ledger.fuse.failed
    world.drained()
    assert world.states() == {PhotoState.DONE: 20}


def test_a_job_that_gives_up_ends_its_batch_at_once_with_the_reason(world: World) -> None:
    batch_id = started(world)
    world.manifests.closed[RunName(Kind.EXTRACT, batch_id, 1)] = Closing("GiveUp", 65, "manifest: …")
    world.end("run-0", "FAILED")

    assert world.states() == {PhotoState.QUARANTINED: 10}
    assert world.ledger.kept[batch_id].reason == "gave_up"


def test_a_batch_in_quarantine_is_redriven_under_its_own_name_and_leaves_one_row_a_photo(world: World) -> None:
    batch_id = started(world)
    world.runner.end("run-0")  # it committed, and was killed before anybody knew
    world.runner.runs["run-0"] = replace(world.runner.runs["run-0"], state="FAILED")
    world.try_all("FAILED")
    assert world.states() == {PhotoState.QUARANTINED: 10}

    world.redrive()
    world.drained()

    assert world.states() == {PhotoState.DONE: 10}
    assert set(world.runner.table) == {batch_id}
    assert len(world.runner.rows) == 10
    assert world.counts["photos_redriven"] == 10


def test_a_redriven_batch_has_all_its_attempts_and_may_be_redriven_again(world: World) -> None:
    batch_id = started(world)
    for _ in range(3):
        world.try_all("FAILED")
        assert world.ledger.kept[batch_id].state is BatchState.QUARANTINED
        world.redrive(batch_id)

    world.drained()
    assert len(world.runner.runs) == 13
    assert world.states() == {PhotoState.DONE: 10}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_redrive_that_is_cut_short_is_finished_by_the_next_one(world: World, after: bool) -> None:
    for _ in range(2):
        started(world)
        world.try_all("FAILED")
    assert world.states() == {PhotoState.QUARANTINED: 20}

    with pytest.raises(CrashError):
        replace(world, ledger=crashing(world.ledger, "save", after=after)).redrive()
    world.redrive()
    world.drained()

    assert world.states() == {PhotoState.DONE: 20}


def test_photos_that_no_run_had_a_result_for_wait_again_when_redriven(world: World) -> None:
    world.runner.judge = lambda photo: "unavailable" if photo.key.endswith("/0.jpg") else "features"
    (left_out,) = [one for one in stranded(world) if one.state is PhotoState.QUARANTINED]
    assert left_out.releases == 3
    assert world.ledger.counts() == {"DONE": 10, "QUARANTINED": 1}

    world.redrive()
    assert world.counts["photos_redriven"] == 1
    assert world.ledger.quarantined() == []
    (page,) = world.ledger.waiting(5)
    assert [(one.upload, one.releases) for one in page.photos] == [(left_out.upload, 0)]
    assert world.ledger.counts() == {"DONE": 10, "WAITING": 1}
    world.drained()

    assert world.states() == {PhotoState.DONE: 11}
    assert len(world.runner.rows) == 11


def stranded(world: World) -> list[LedgerPhoto]:
    """Let a photo have no result at its last try; return all photos."""
    world.upload(10)
    first = next(iter(world.ledger.photos))
    for _ in range(3):
        world.clock.pass_(minutes=61)
        world.submit()
        world.end(world.runner.running()[0])
    world.upload(1)
    world.clock.pass_(minutes=61)
    world.submit()
    world.runner.judge = lambda _: "features"
    run = world.runner.end(world.runner.running()[0])
    batch_id = world.runner.jobs[run.run_id].name.subject
    kept = [one for one in decode(world.manifests.found[batch_id]) if one.photo_id != first]
    world.manifests.found[batch_id] = encode(kept)
    world.endings().record_end(run, world.tally)
    return world.photos()


@pytest.mark.parametrize(("batch_id", "says"), [("nobody", "no_such_batch"), (None, "not_in_quarantine")])
def test_a_redrive_of_what_is_not_in_quarantine_is_refused_by_name(
    world: World, batch_id: str | None, says: str
) -> None:
    running = started(world)

    with pytest.raises(GiveUp, match=says):
        world.redrive(batch_id or running)


def test_a_bill_that_comes_late_is_asked_for_and_one_that_never_comes_is_not_for_ever(world: World) -> None:
    batch_id = started(world)
    ended = replace(world.runner.end("run-0"), billed=None)
    world.runner.runs["run-0"] = ended
    world.endings().record_end(ended, world.tally)
    world.submit()
    assert world.ledger.kept[batch_id].run.billed is None

    world.runner.runs["run-0"] = replace(ended, billed={"vCPUHour": 0.2})
    world.submit()
    assert world.ledger.kept[batch_id].run.billed == {"vCPUHour": 0.2}
    assert world.ledger.unbilled(5) == []

    other = started(world)
    ended = replace(world.runner.end("run-1"), billed=None)
    world.runner.runs["run-1"] = ended
    world.endings().record_end(ended, world.tally)
    world.clock.pass_(seconds=BILL_WITHIN.total_seconds() + 60)
    world.submit()
    assert world.ledger.kept[other].run.billed == {}
    assert world.counts["bills_found"] == 2


def test_a_breaker_that_another_changes_at_the_same_moment_counts_both(world: World) -> None:
    real = world.ledger
    other = partial(real.keep_breaker, real.fuse.after_failure("other", world.clock()))
    world.ledger = meeting(real, "keep_breaker", other)
    batch_id = started(world)
    world.end("run-0", "FAILED")

    assert world.ledger.fuse.failed == ("other", batch_id)


def test_a_breaker_that_never_stands_still_is_an_error_of_its_own(world: World) -> None:
    world.ledger = interposed(world.ledger, "keep_breaker", lambda _real, _breaker: False)
    started(world)

    with pytest.raises(RetryLater, match="breaker"):
        world.end("run-0", "FAILED")
    assert Counter(batch.state for batch in world.ledger.batches()) == {BatchState.READY: 1}
