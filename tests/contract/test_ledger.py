"""What a ledger promises, whichever it is: the fake and the DynamoDB adapter pass the same tests."""

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerPhoto, LedgerRun
from chalicelib.domain.states import BatchState, IllegalMoveError, PhotoState
from chalicelib.services.ports import Ledger, Settled
from infra.local.cloud import LocalCloud
from tests.contract.ledgers import dynamo_ledger
from tests.fakes.functions import START, FakeLedger
from tests.fakes.messages import upload

LATER = START + timedelta(minutes=5)


@pytest.fixture(params=["fake", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "fake":
        return FakeLedger()
    cloud: LocalCloud = request.getfixturevalue("local_cloud")
    return dynamo_ledger(cloud, f"ledger-{uuid4().hex}")


def registered(ledger: Ledger, count: int) -> list[LedgerPhoto]:
    for n in range(count):
        one = replace(upload(f"uploads/o/{n}.jpg"), uploaded_at=START + timedelta(seconds=n))
        assert ledger.register(one, START)
    return list(ledger.waiting(count))


def test_a_photo_is_registered_once(ledger: Ledger) -> None:
    assert ledger.register(upload(), START)
    assert not ledger.register(upload(), LATER)
    assert ledger.register(upload(version="v2"), START)

    assert len(ledger.waiting(10)) == 2


def test_a_photo_reads_back_as_it_was_registered(ledger: Ledger) -> None:
    one = upload("uploads/o1/é 🍎/a b+c.jpg")
    ledger.register(one, START)

    assert ledger.photo(one.photo_id) == LedgerPhoto(one, START)
    assert ledger.photo("nobody") is None


def test_an_upload_without_owner_and_etag_reads_back_too(ledger: Ledger) -> None:
    one = replace(upload(), owner_id=None, etag=None)
    ledger.register(one, START)

    assert ledger.photo(one.photo_id) == LedgerPhoto(one, START)


def test_those_that_waited_longest_come_first_and_no_more_than_asked_for(ledger: Ledger) -> None:
    registered(ledger, 30)

    assert [photo.upload.key for photo in ledger.waiting(20)] == [f"uploads/o/{n}.jpg" for n in range(20)]


def test_a_claimed_photo_is_one_batch_s_and_waits_no_more(ledger: Ledger) -> None:
    photos = registered(ledger, 10)

    assert len(ledger.claim(photos[:6], "one")) == 6
    taken = ledger.claim(photos, "two")

    assert {photo.upload.photo_id for photo in taken} == {photo.upload.photo_id for photo in photos[6:]}
    assert len(ledger.photos_of("one")) == 6
    assert not ledger.waiting(10)


def test_of_eight_claimers_at_once_each_photo_is_taken_by_one(ledger: Ledger) -> None:
    photos = registered(ledger, 40)
    taken: list[str] = []
    barrier = threading.Barrier(8, timeout=120)

    def claim(number: int) -> None:
        barrier.wait()
        taken.extend(photo.upload.photo_id for photo in ledger.claim(photos, f"batch-{number}"))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(photo.upload.photo_id for photo in photos)


@pytest.mark.parametrize(
    ("state", "outcome"),
    [(PhotoState.DONE, "features"), (PhotoState.REJECTED, "corrupt"), (PhotoState.QUARANTINED, None)],
)
def test_a_settled_photo_says_what_became_of_it_and_is_open_no_more(
    ledger: Ledger, state: PhotoState, outcome: str | None
) -> None:
    (photo,) = registered(ledger, 1)
    ledger.claim([photo], "b")

    assert ledger.settle("b", [Settled(photo.upload.photo_id, state, outcome, "Banana 1")], LATER) == 1

    found = ledger.photo(photo.upload.photo_id)
    assert found is not None
    assert (found.state, found.outcome, found.label, found.batch_id) == (state, outcome, "Banana 1", "b")
    assert not ledger.photos_of("b")
    assert not ledger.waiting(1)


def test_a_released_photo_waits_again_from_now_on_behind_the_others(ledger: Ledger) -> None:
    first, second = registered(ledger, 2)
    ledger.claim([first], "b")

    ledger.settle("b", [Settled(first.upload.photo_id, PhotoState.WAITING, "unavailable")], LATER)

    others, released = ledger.waiting(10)
    assert others.upload == second.upload
    assert (released.upload, released.releases, released.waiting_since) == (first.upload, 1, LATER)
    assert released.batch_id is None


def test_what_is_settled_already_or_is_another_batch_s_stays_as_it_is(ledger: Ledger) -> None:
    photos = registered(ledger, 2)
    ledger.claim(photos[:1], "one")
    ledger.claim(photos[1:], "two")
    done = [Settled(photo.upload.photo_id, PhotoState.DONE, "features") for photo in photos]

    assert ledger.settle("one", done, LATER) == 1
    assert ledger.settle("one", done, LATER) == 0

    assert len(ledger.photos_of("two")) == 1


def test_a_move_that_the_table_does_not_have_is_a_fault(ledger: Ledger) -> None:
    (photo,) = registered(ledger, 1)
    ledger.claim([photo], "b")

    with pytest.raises(IllegalMoveError):
        ledger.settle("b", [Settled(photo.upload.photo_id, PhotoState.CLAIMED)], LATER)


def a_batch(name: str = "20261124T080000-ab") -> Batch:
    return Batch(name, BatchState.CLAIMING, START)


def test_a_batch_reads_back_as_it_was_kept(ledger: Ledger) -> None:
    runs = (
        LedgerRun("r1", 1, "FAILED", START, 63, {"vCPUHour": 0.05, "memoryGBHour": 0.133}, "driver exited with 75"),
        LedgerRun("r2", 2, "RUNNING", LATER),
    )
    facts = {"photos": 3, "size_bytes": 9, "cpu_seconds": 7, "manifest_uri": "s3://l/m", "manifest_sha256": "f0"}
    ready = a_batch().moved(BatchState.READY, **facts)
    running = ready.moved(BatchState.RUNNING, runs=runs)

    waits = {"failures": 1, "spared": 2, "refusals": 3, "not_before": LATER, "reason": "no_capacity"}
    waiting = running.moved(BatchState.READY, **waits)

    for batch in (a_batch(), ready, running, waiting):
        assert ledger.save(batch)
        assert ledger.batch(batch.batch_id) == batch
    assert ledger.batch("nobody") is None


def test_of_two_who_change_a_batch_the_second_is_refused(ledger: Ledger) -> None:
    ledger.save(a_batch())

    assert ledger.save(a_batch().moved(BatchState.READY, photos=1))
    assert not ledger.save(a_batch().moved(BatchState.ABANDONED))
    assert not ledger.save(a_batch())

    found = ledger.batch(a_batch().batch_id)
    assert found is not None
    assert found.state is BatchState.READY


def test_batches_are_open_until_their_end(ledger: Ledger) -> None:
    one, other = a_batch("one"), a_batch("other")
    ledger.save(one)
    ledger.save(other)

    ledger.save(one.moved(BatchState.ABANDONED))

    assert [batch.batch_id for batch in ledger.open_batches()] == ["other"]


@pytest.mark.parametrize(
    ("after", "taken"), [(timedelta(minutes=14, seconds=59), False), (timedelta(minutes=15), True)]
)
def test_a_lease_is_had_by_another_when_its_time_is_over_and_not_before(
    ledger: Ledger, after: timedelta, taken: bool
) -> None:
    until = START + timedelta(minutes=15)
    assert ledger.lease("submit", "one", until, START)
    assert not ledger.lease("submit", "one", until, START)

    assert ledger.lease("submit", "two", until + after, START + after) is taken


def test_a_lease_given_back_is_free_and_nobody_gives_back_another_s(ledger: Ledger) -> None:
    until = START + timedelta(minutes=15)
    ledger.lease("submit", "one", until, START)

    ledger.release("submit", "two")
    assert not ledger.lease("submit", "two", until, START)

    ledger.release("submit", "one")
    assert ledger.lease("submit", "two", until, START)


def test_photos_are_counted_by_state_and_rejected_ones_by_code(ledger: Ledger) -> None:
    photos = registered(ledger, 5)
    ledger.claim(photos[:2], "b")
    ledger.settle("b", [Settled(photos[0].upload.photo_id, PhotoState.REJECTED, "corrupt")], LATER)
    ledger.save(a_batch())
    ledger.lease("submit", "one", LATER, START)

    assert dict(ledger.counts()) == {"WAITING": 3, "CLAIMED": 1, "REJECTED": 1, "REJECTED corrupt": 1}


def test_all_batches_are_shown_ended_ones_too_the_oldest_first(ledger: Ledger) -> None:
    for name in ("2", "1", "3"):
        ledger.save(a_batch(name))
    ledger.save(a_batch("1").moved(BatchState.ABANDONED))

    assert [batch.batch_id for batch in ledger.batches()] == ["1", "2", "3"]


def quarantined(ledger: Ledger, name: str, photos: list[LedgerPhoto]) -> Batch:
    ready = a_batch(name).moved(BatchState.READY)
    ledger.claim(photos, name)
    ledger.settle(name, [Settled(one.upload.photo_id, PhotoState.QUARANTINED) for one in photos], START)
    for batch in (a_batch(name), ready):
        ledger.save(batch)
    ended = ready.moved(BatchState.QUARANTINED)
    assert ledger.save(ended)
    return ended


def test_what_is_in_quarantine_stays_with_its_batch_and_can_be_found(ledger: Ledger) -> None:
    photos = registered(ledger, 3)
    batch = quarantined(ledger, "b", photos[:2])
    stranded = a_batch("done").moved(BatchState.READY).moved(BatchState.RUNNING)
    for one in (a_batch("done"), replace(stranded, revision=1)):
        ledger.save(one)
    done = replace(stranded, revision=1).moved(BatchState.DONE, counts={"features": 3, "quarantined": 1})
    ledger.save(done)

    assert {one.batch_id for one in ledger.quarantined()} == {"b", "done"}
    assert not ledger.open_batches()
    assert ledger.photos_of("b") == []
    found = {photo.upload.photo_id for photo in ledger.photos_of(batch.batch_id, PhotoState.QUARANTINED)}
    assert found == {photo.upload.photo_id for photo in photos[:2]}


def test_a_photo_in_quarantine_is_claimed_again_with_its_batch_or_waits_for_another(ledger: Ledger) -> None:
    first, second, other = registered(ledger, 3)
    quarantined(ledger, "b", [first, second])

    assert ledger.reopen("b", [first, other], PhotoState.CLAIMED, LATER) == 1
    assert ledger.reopen("other", [second], PhotoState.WAITING, LATER) == 0
    assert ledger.reopen("b", [first, second], PhotoState.WAITING, LATER) == 1

    assert [photo.upload for photo in ledger.photos_of("b")] == [first.upload]
    waiting = ledger.waiting(5)
    assert [photo.upload for photo in waiting] == [other.upload, second.upload]
    assert (waiting[1].releases, waiting[1].batch_id, waiting[1].waiting_since) == (0, None, LATER)


def test_nobody_reopens_a_photo_to_an_end(ledger: Ledger) -> None:
    (photo,) = registered(ledger, 1)
    quarantined(ledger, "b", [photo])

    with pytest.raises(IllegalMoveError):
        ledger.reopen("b", [photo], PhotoState.DONE, LATER)


def test_an_ended_batch_is_unbilled_until_all_its_runs_have_a_bill(ledger: Ledger) -> None:
    ready = a_batch().moved(BatchState.READY)
    running = ready.moved(BatchState.RUNNING, runs=(LedgerRun("r", 1, "SUCCESS", START),))
    done = running.moved(BatchState.DONE)
    for batch in (a_batch(), ready, running):
        ledger.save(batch)
        assert ledger.unbilled(5) == []
    ledger.save(done)
    assert ledger.unbilled(5) == [done]

    ledger.save(done.changed(runs=(replace(done.run, billed={}),)))
    assert ledger.unbilled(5) == []


def test_the_breaker_is_closed_at_first_and_of_two_who_change_it_the_second_is_refused(ledger: Ledger) -> None:
    first = ledger.breaker()
    assert first == Breaker()
    failing = first.after_failure("a", START)

    assert ledger.keep_breaker(failing)
    assert not ledger.keep_breaker(first.after_failure("b", START))

    assert ledger.breaker() == failing
    both = failing.after_failure("b", LATER)
    assert ledger.keep_breaker(both)
    assert ledger.breaker().open
    assert ledger.keep_breaker(both.after_success())
    assert not ledger.breaker().failed


class ForgetfulLedger(FakeLedger):
    """Claims without a look at the state first."""

    def _claim(self, photo: LedgerPhoto, batch_id: str) -> bool:
        self.photos[photo.upload.photo_id] = replace(photo, state=PhotoState.CLAIMED, batch_id=batch_id)
        return True


def test_red_twin_a_claim_without_its_condition_gives_a_photo_to_two_batches() -> None:
    ledger = ForgetfulLedger()
    photos = registered(ledger, 3)

    assert len(ledger.claim(photos, "one")) + len(ledger.claim(photos, "two")) == 6
