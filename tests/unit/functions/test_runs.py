"""Photos that wait become batches, batches runs, and the end of a run the end of its photos."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState, PhotoState
from chalicelib.services.ports import Job, JobRun
from contracts.errors import GiveUp
from contracts.jobs.names import Kind, RunName
from contracts.photos.results import decode, encode
from tests.fakes.functions import FakeJobRunner
from tests.fakes.interposed import CrashError, crashing, interposed, meeting
from tests.fakes.messages import upload
from tests.unit.functions.batch_world import World


@pytest.fixture
def world() -> World:
    return World()


def batch_of(run: JobRun) -> str:
    assert run.name is not None
    return run.name.subject


def test_nothing_is_started_until_the_target_is_reached(world: World) -> None:
    world.upload(9)
    world.submit()
    assert world.runner.calls == []

    world.upload(1)
    world.submit()
    assert [len(world.runner.manifest(run).photos) for run in world.runner.runs] == [10]


def test_a_single_photo_is_started_when_it_has_waited_long_enough_and_not_before(world: World) -> None:
    world.upload(1)
    world.clock.pass_(minutes=59)
    world.submit()
    assert world.runner.calls == []

    world.clock.pass_(minutes=1)
    world.submit()
    assert len(world.runner.runs) == 1


def test_60_photos_make_batches_of_at_most_25_and_two_runs_at_once(world: World) -> None:
    world.upload(60)

    world.submit()
    assert [len(world.runner.manifest(run).photos) for run in world.runner.runs] == [25, 25]
    world.submit()
    assert len(world.runner.runs) == 2

    world.drained()
    assert world.states() == {PhotoState.DONE: 60}
    assert len(world.runner.rows) == len(set(world.runner.rows)) == 60


def test_those_that_were_registered_first_go_first(world: World) -> None:
    early = upload("uploads/early.jpg")
    world.ledger.register([early], world.clock() - timedelta(minutes=1))
    world.upload(30)

    world.submit()

    assert early.photo_id in {photo.photo_id for photo in world.runner.manifest("run-0").photos}


def test_a_batch_takes_whole_pages_and_a_page_larger_than_a_batch_alone(world: World) -> None:
    for count in (20, 6, 40):
        world.clock.pass_(seconds=1)
        uploads = [upload(f"uploads/o/{next(world.numbers)}.jpg") for _ in range(count)]
        world.ledger.register(uploads, world.clock())

    world.drained()

    assert [len(world.runner.manifest(run).photos) for run in world.runner.runs] == [20, 6, 40]
    assert world.states() == {PhotoState.DONE: 66}


@pytest.mark.parametrize("rounds", [200])
def test_of_two_submitters_at_once_one_makes_the_batch(rounds: int) -> None:
    for _ in range(rounds):
        world = World()
        world.upload(10)
        other, counts = world.submitter(), world.tally

        class Between(FakeJobRunner):
            """While one submitter starts a run, another submits."""

            def start(self, job: Job) -> str:
                other.submit(counts)  # noqa: B023  used within this round
                return super().start(job)

        world.runner = Between(world.manifests)
        world.submit()

        assert len(world.runner.runs) == 1
        assert world.counts["lease_held"] == 1


def test_a_submit_reads_the_open_batches_and_the_breaker_once_however_many_runs_it_starts(world: World) -> None:
    read: list[str] = []

    def reading(real: Callable[..., Any], *args: Any) -> Any:
        read.append(real.__name__)
        return real(*args)

    world.ledger = interposed(interposed(world.ledger, "open_batches", reading), "breaker", reading)
    world.upload(60)

    world.submit()

    assert len(world.runner.runs) == 2
    assert read == ["open_batches", "breaker"] * 2, "before the lease, and under it"


KILLED_AT = [
    ("open_batch", 1),
    ("take", 1),
    ("write", 1),
    ("save", 1),
    ("start", 1),
    ("save", 2),
]  # in the order they happen


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(("step", "nth"), KILLED_AT)
def test_a_submitter_killed_at_any_step_leaves_what_its_heir_finishes(step: str, nth: int, before: bool) -> None:
    world = World()
    world.upload(12)
    part = {"write": "manifests", "start": "runner"}.get(step, "ledger")
    dying = replace(world, ledger=interposed(world.ledger, "release", lambda *_: None))  # the dead give nothing back
    dying.runner = world.runner
    setattr(dying, part, crashing(getattr(dying, part), step, nth, after=not before))
    with pytest.raises(CrashError):
        dying.submit()

    known = dict(world.ledger.kept)
    world.submit()  # within the dead one's lease: nothing happens
    assert world.ledger.kept == known
    assert world.counts["lease_held"] == (0 if any(one.runs for one in known.values()) else 1)
    world.clock.pass_(minutes=16)
    world.drained()

    assert world.states() == {PhotoState.DONE: 12}
    assert len(set(world.runner.rows)) == 12


def test_a_start_whose_reply_is_lost_five_times_is_one_run_under_one_token(world: World) -> None:
    world.upload(10)
    world.runner.lost_replies = 5

    for _ in range(6):
        world.submit()
        world.clock.pass_(minutes=1)

    assert len(world.runner.calls) == 6
    assert len(set(world.runner.calls)) == 1
    assert len(world.runner.runs) == 1
    assert world.counts["batch_runs_started"] == 1


def test_a_start_that_is_refused_is_not_tried_again_at_once_and_loses_nothing(world: World) -> None:
    class Refusing(FakeJobRunner):
        def start(self, job: Job) -> str:
            self.calls.append(str(job.name))
            raise GiveUp("StartJobRun: AccessDeniedException", "emr_refused")

    world.runner = Refusing(world.manifests)
    world.upload(10)

    for _ in range(9):
        world.submit()
        world.clock.pass_(minutes=1)

    assert len(world.runner.calls) == world.counts["batch_start_refused"] == 1
    (batch,) = world.ledger.open_batches()
    assert "AccessDeniedException" in batch.reason
    world.runner = FakeJobRunner(world.manifests)
    world.drained()
    assert world.states() == {PhotoState.DONE: 10}


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_batch_that_fails_is_tried_four_times_each_under_a_new_token_then_quarantined(
    world: World, state: str
) -> None:
    world.upload(10)

    world.try_all(state)

    assert len(world.runner.runs) == len(set(world.runner.calls)) == 4
    assert world.states() == {PhotoState.QUARANTINED: 10}
    assert world.counts["batches_quarantined"] == 1


def test_a_second_attempt_takes_the_same_manifest_and_ends_in_one_copy(world: World) -> None:
    world.upload(10)
    world.submit()
    world.end("run-0", "FAILED")
    world.clock.pass_(minutes=1)
    world.submit()

    assert world.runner.manifest_uri("run-0") == world.runner.manifest_uri("run-1")
    world.end("run-1")
    assert world.states() == {PhotoState.DONE: 10}
    assert len(world.runner.rows) == 10


@pytest.mark.parametrize("state", ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"])
def test_a_state_that_is_no_end_changes_nothing(world: World, state: str) -> None:
    world.upload(10)
    world.submit()

    world.endings().record_end(JobRun("run-0", world.runner.jobs["run-0"].name, state, "", None, {}), world.tally)

    assert world.states() == {PhotoState.CLAIMED: 10}
    assert world.counts["batch_run_not_ended"] == 1


def test_an_end_told_five_times_and_out_of_order_is_one_end(world: World) -> None:
    world.upload(10)
    world.submit()
    failed = world.runner.end("run-0", "FAILED")
    world.endings().record_end(failed, world.tally)
    world.clock.pass_(minutes=1)
    world.submit()
    done = world.runner.end("run-1")

    for run in (failed, done, done, failed, done):
        world.endings().record_end(run, world.tally)

    assert world.states() == {PhotoState.DONE: 10}
    assert world.counts["batches_done"] == 1
    assert len(world.runner.runs) == 2


def test_a_run_whose_end_nobody_told_is_asked_for(world: World) -> None:
    world.upload(10)
    world.submit()
    world.runner.end("run-0")

    world.submit()

    assert world.states() == {PhotoState.DONE: 10}
    assert world.counts["batch_runs_reconciled"] == 1


@pytest.mark.parametrize("name", [RunName(Kind.EXTRACT, "20261124T080000-ab", 1), None], ids=["unknown", "not ours"])
def test_a_run_nobody_awaits_changes_nothing(world: World, name: RunName | None) -> None:
    world.endings().record_end(JobRun("stranger", name, "SUCCESS", "", 1, {}), world.tally)

    assert world.counts == {"batch_run_not_awaited": 1}


def test_what_may_not_last_is_released_three_times_and_then_stays_rejected(world: World) -> None:
    world.runner.judge = lambda photo: "unavailable" if photo.key.endswith("/0.jpg") else "features"
    world.upload(10)

    world.drained()

    assert world.states() == {PhotoState.DONE: 9, PhotoState.REJECTED: 1}
    (rejected,) = (photo for photo in world.photos() if photo.state is PhotoState.REJECTED)
    assert (rejected.outcome, rejected.releases) == ("unavailable", 3)
    assert len(world.runner.runs) == 4
    assert len(world.runner.rows) == len(set(world.runner.rows)) == 10


def test_a_released_photo_waits_its_time_again_and_starts_no_run_of_its_own(world: World) -> None:
    world.runner.judge = lambda photo: "unavailable" if photo.key.endswith("/0.jpg") else "features"
    world.upload(10)
    world.submit()
    world.clock.pass_(minutes=59)
    world.end("run-0")

    world.clock.pass_(minutes=59)
    world.submit()

    assert len(world.runner.runs) == 1


def test_what_lasts_is_rejected_at_once_with_its_code(world: World) -> None:
    world.runner.judge = lambda _: "corrupt"
    world.upload(10)

    world.drained()

    assert world.states() == {PhotoState.REJECTED: 10}
    assert len(world.runner.runs) == 1


@pytest.mark.parametrize("results", [None, b"no results", b'{"photo_id": "a", "outcome": "invented"}'])
def test_a_success_without_results_that_can_be_read_is_no_success(world: World, results: bytes | None) -> None:
    world.upload(10)
    world.submit()
    run = world.runner.end("run-0", results=False)
    if results is not None:
        world.manifests.found[batch_of(run)] = results

    world.endings().record_end(run, world.tally)

    assert world.counts["results_unreadable"] == 1
    assert world.ledger.kept[batch_of(run)].state is BatchState.READY


def results_without(world: World, run: JobRun, *left_out: str) -> None:
    """The job has left photos out of its results."""
    kept = [one for one in decode(world.manifests.found[batch_of(run)]) if one.photo_id not in left_out]
    world.manifests.found[batch_of(run)] = encode(kept)


def test_a_photo_without_a_result_waits_again(world: World) -> None:
    world.upload(10)
    world.submit()
    run = world.runner.end("run-0")
    results_without(world, run, next(iter(world.ledger.photos)))

    world.endings().record_end(run, world.tally)

    assert world.states() == {PhotoState.DONE: 9, PhotoState.WAITING: 1}
    assert world.counts["photos_released"] == 1


def test_a_submitter_that_slept_beyond_its_lease_takes_nothing_that_its_batchs_manifest_lacks(world: World) -> None:
    world.upload(10)

    def sleep(real: Any, batch_id: str, now: Any) -> Any:
        world.clock.pass_(minutes=16)
        world.upload(3)  # another call's pages
        heir.submit(world.tally)
        return real(batch_id, now)

    heir = world.submitter()
    sleeper = replace(world, ledger=interposed(world.ledger, "take", sleep))
    sleeper.runner = world.runner
    sleeper.submit()

    (batch,) = world.ledger.batches()
    listed = {photo.photo_id for photo in world.runner.manifest("run-0").photos}
    assert listed == {photo.upload.photo_id for photo in world.ledger.photos_of(batch.batch_id)}
    assert len(world.runner.runs) == 1
    world.drained()
    assert world.states() == {PhotoState.DONE: 13}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_ending_killed_at_its_one_write_is_recorded_once(world: World, after: bool) -> None:
    world.runner.judge = lambda photo: "unavailable" if photo.key.endswith("/0.jpg") else "features"
    world.upload(10)
    world.submit()
    run = world.runner.end("run-0")

    dying = replace(world, ledger=crashing(world.ledger, "save", after=after))
    with pytest.raises(CrashError):
        dying.endings().record_end(run, world.tally)
    for _ in range(2):
        world.endings().record_end(run, world.tally)

    assert world.states() == {PhotoState.DONE: 9, PhotoState.WAITING: 1}
    assert len(world.ledger.waiting(10)) == 1


def test_two_that_record_one_end_at_the_same_moment_let_a_photo_go_once(world: World) -> None:
    world.runner.judge = lambda photo: "unavailable" if photo.key.endswith("/0.jpg") else "features"
    world.upload(10)
    world.submit()
    run = world.runner.end("run-0")
    other = partial(world.endings().record_end, run, world.tally)

    slower = replace(world, ledger=meeting(world.ledger, "save", other))
    slower.endings().record_end(run, world.tally)

    assert world.counts["batches_done"] == world.counts["photos_released"] == 1
    assert len(world.ledger.waiting(10)) == 1


def test_each_ten_minutes_the_pages_that_were_taken_are_passed_over(world: World) -> None:
    moved: list[int] = []
    world.ledger = interposed(world.ledger, "move_mark", lambda _real, now: moved.append(now.minute))

    for _ in range(60):
        world.submit()
        world.clock.pass_(minutes=1)

    assert moved == [0, 10, 20, 30, 40, 50]


def test_a_submit_with_nothing_to_start_writes_nothing(world: World) -> None:
    world.upload(3)
    writes: list[str] = []

    def writing(real: Callable[..., Any], *args: Any) -> Any:
        writes.append(real.__name__)
        return real(*args)

    quiet = world.ledger
    for step in ("lease", "release", "save", "open_batch", "take", "keep_breaker"):
        quiet = interposed(quiet, step, writing)
    looking = replace(world, ledger=quiet)
    looking.runner = world.runner

    for _ in range(59):
        looking.submit()
        world.clock.pass_(minutes=1)
    assert writes == []

    world.upload(10)
    looking.submit()
    assert writes == ["lease", "open_batch", "take", "save", "save", "release"]
    for _ in range(30):  # its run works
        looking.submit()
        world.clock.pass_(minutes=1)
    assert len(writes) == 6


def test_a_batch_remembers_its_runs_and_what_they_were_billed(world: World) -> None:
    world.upload(10)
    world.submit()
    world.end("run-0", "FAILED")
    world.clock.pass_(minutes=1)
    world.submit()
    world.end("run-1")

    (batch,) = world.ledger.batches()
    assert isinstance(batch, Batch)
    assert [(run.run_id, run.attempt, run.state, run.billed) for run in batch.runs] == [
        ("run-0", 1, "FAILED", {"vCPUHour": 0.1}),
        ("run-1", 2, "SUCCESS", {"vCPUHour": 0.1}),
    ]
    assert batch.counts == {"features": 10}
