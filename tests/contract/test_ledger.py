"""What a ledger promises, whichever it is: the fake and the DynamoDB adapter pass the same tests."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerPhoto, LedgerRun, Page, Upload
from chalicelib.domain.states import BatchState
from chalicelib.services.ports import Ledger
from contracts.errors import RetryLater
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


def uploads(count: int) -> list[Upload]:
    return [replace(upload(f"uploads/o/{n}.jpg"), uploaded_at=START + timedelta(seconds=n)) for n in range(count)]


def registered(ledger: Ledger, count: int) -> list[Page]:
    """Register so many uploads, each in a call of its own; return their pages."""
    for n, one in enumerate(uploads(count)):
        assert ledger.register([one], START + timedelta(seconds=n)) == [True]
    return list(ledger.waiting(count))


def keys(pages: Sequence[Page]) -> list[str]:
    return [photo.upload.key for page in pages for photo in page.photos]


def taken(ledger: Ledger, name: str, pages: Sequence[Page]) -> Sequence[LedgerPhoto]:
    assert ledger.open_batch(a_batch(name), pages, START)
    return ledger.take(name, START)


def test_a_photo_is_registered_once(ledger: Ledger) -> None:
    assert ledger.register([upload()], START) == [True]
    assert ledger.register([upload()], LATER) == [False]
    assert ledger.register([upload(), upload(version="v2")], LATER) == [False, True]

    assert keys(ledger.waiting(10)) == [upload().key] * 2


def test_a_photo_is_known_while_its_page_waits_and_when_a_batch_has_it(ledger: Ledger) -> None:
    taken(ledger, "b", registered(ledger, 1))

    assert ledger.register(uploads(1), LATER) == [False]
    assert not ledger.waiting(10)


def test_a_photo_reads_back_as_it_was_registered(ledger: Ledger) -> None:
    one = upload("uploads/o1/é 🍎/a b+c.jpg")
    bare = replace(upload("uploads/b.jpg"), owner_id=None, etag=None, sequencer="")
    ledger.register([one, bare], START)

    for each in (one, bare):
        page = ledger.page_of(each.photo_id)
        assert page is not None
        assert LedgerPhoto(each, START) in page.photos
    assert ledger.page_of("nobody") is None


def test_reading_many_pages_at_once_drops_no_connection(
    local_cloud: LocalCloud, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = dynamo_ledger(local_cloud, f"ledger-{uuid4().hex}")
    pages = registered(ledger, 60)

    assert len(ledger.pages([page.page_id for page in pages])) == 60
    assert [record for record in caplog.records if "pool" in record.name] == []


def test_photos_of_one_call_are_on_one_page_and_those_of_a_large_one_on_few(ledger: Ledger) -> None:
    assert ledger.register(uploads(150), START) == [True] * 150

    (page,) = ledger.waiting(1000)
    assert sorted(keys([page])) == sorted(one.key for one in uploads(150))
    assert ledger.pages([page.page_id]) == [page]


def test_the_oldest_pages_come_first_whole_and_no_more_than_hold_the_photos_asked_for(ledger: Ledger) -> None:
    registered(ledger, 12)
    ledger.register([upload(f"uploads/p/{n}.jpg") for n in range(8)], LATER)

    assert keys(ledger.waiting(5)) == [f"uploads/o/{n}.jpg" for n in range(5)]
    assert len(keys(ledger.waiting(13))) == 20


def test_a_taken_page_is_one_batch_s_and_waits_no_more(ledger: Ledger) -> None:
    pages = registered(ledger, 10)

    first, second = taken(ledger, "one", pages[:6]), taken(ledger, "two", pages)

    assert {one.upload.key for one in first} == set(keys(pages[:6]))
    assert {one.upload.key for one in second} == set(keys(pages[6:]))
    assert len(ledger.photos_of("one")) == 6
    assert not ledger.waiting(10)
    page = ledger.page_of(first[0].upload.photo_id)
    assert page is not None
    assert page.batch_id == "one"


def test_who_takes_again_for_a_batch_has_the_same_photos(ledger: Ledger) -> None:
    pages = registered(ledger, 5)
    first = taken(ledger, "one", pages[:3])

    assert sorted(one.upload.key for one in ledger.take("one", LATER)) == sorted(one.upload.key for one in first)
    assert not ledger.open_batch(a_batch("one"), pages, LATER)
    assert len(ledger.take("one", LATER)) == 3


def test_of_eight_takers_at_once_each_photo_is_taken_by_one(ledger: Ledger) -> None:
    pages = registered(ledger, 20)
    found: list[str] = []
    barrier = threading.Barrier(8, timeout=120)

    def take(number: int) -> None:
        barrier.wait()
        found.extend(one.upload.key for one in taken(ledger, f"batch-{number}", pages))

    at_once(take, 8)

    assert sorted(found) == sorted(keys(pages))


def test_of_eight_callers_at_once_with_the_same_upload_one_registers_it(ledger: Ledger) -> None:
    found: list[bool | RetryLater] = []
    barrier = threading.Barrier(8, timeout=120)

    def register(number: int) -> None:
        barrier.wait()
        found.extend(ledger.register([upload()], START + timedelta(seconds=number)))

    at_once(register, 8)

    assert found.count(True) == 1
    assert all(said is False or isinstance(said, RetryLater) for said in found if said is not True)
    assert keys(ledger.waiting(10)) == [upload().key]


def at_once(work: Callable[[int], None], times: int) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_when_taken_pages_are_passed_over_no_waiting_one_is(ledger: Ledger) -> None:
    pages = registered(ledger, 6)
    taken(ledger, "b", [*pages[:2], *pages[3:5]])

    for minutes in (0, 10, 20, 30):
        ledger.move_mark(START + timedelta(minutes=minutes))
        assert keys(ledger.waiting(10)) == keys([pages[2], pages[5]])


def done(ledger: Ledger, name: str, again: Sequence[LedgerPhoto], counts: dict[str, int]) -> Batch:
    """Bring a batch to its end; `again`: its photos that wait again."""
    batch = a_batch(name)
    for state in (BatchState.READY, BatchState.RUNNING):
        batch = batch.moved(state, photos=sum(counts.values()) + len(again))
        assert ledger.save(batch)
    batch = batch.moved(BatchState.DONE, counts=counts)
    assert ledger.save(batch, again, LATER)
    assert not ledger.save(batch, again, LATER)
    found = ledger.batch(name)
    assert found is not None
    return found


def test_a_released_photo_waits_again_from_now_on_behind_the_others(ledger: Ledger) -> None:
    pages = registered(ledger, 3)
    first, _ = taken(ledger, "b", pages[:2])

    batch = done(ledger, "b", [replace(first, releases=1, outcome="unavailable")], {"features": 1})

    others, released = ledger.waiting(10)
    assert others == pages[2]
    assert released.photos == (LedgerPhoto(first.upload, LATER, releases=1, outcome="unavailable"),)
    assert (released.batch_id, released.source) == (None, "b")
    assert batch.released == (released.page_id,)
    assert keys(ledger.pages(batch.released)) == [first.upload.key]
    assert [one.upload for one in taken(ledger, "c", [released])] == [first.upload]


def test_nothing_is_released_by_a_revision_that_is_refused(ledger: Ledger) -> None:
    photos = taken(ledger, "b", registered(ledger, 2))

    assert not ledger.save(a_batch("b").moved(BatchState.READY).moved(BatchState.RUNNING), photos, LATER)
    assert not ledger.save(replace(a_batch("b"), photos=9), photos, LATER)

    assert not ledger.waiting(10)


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
    assert not ledger.lease("submit", "two", until, START)
    assert ledger.lease("submit", "one", until, START)  # the first answer may have been lost

    assert ledger.lease("submit", "two", until + after, START + after) is taken


def test_a_lease_given_back_is_free_and_nobody_gives_back_another_s(ledger: Ledger) -> None:
    until = START + timedelta(minutes=15)
    ledger.lease("submit", "one", until, START)

    ledger.release("submit", "two")
    assert not ledger.lease("submit", "two", until, START)

    ledger.release("submit", "one")
    assert ledger.lease("submit", "two", until, START)


def test_photos_are_counted_by_state_and_rejected_ones_by_code(ledger: Ledger) -> None:
    pages = registered(ledger, 7)
    first, *_ = taken(ledger, "b", pages[:4])
    assert dict(ledger.counts()) == {"WAITING": 3, "CLAIMED": 4}, "while pages are being taken"
    done(ledger, "b", [first], {"features": 1, "corrupt": 1, "quarantined": 1})
    assert dict(ledger.counts()) == {"WAITING": 4, "DONE": 1, "REJECTED": 1, "REJECTED corrupt": 1, "QUARANTINED": 1}

    taken(ledger, "c", pages[4:6])
    ready = a_batch("c").moved(BatchState.READY, photos=2)
    ledger.save(ready)
    ledger.lease("submit", "one", LATER, START)
    ledger.move_mark(START + timedelta(hours=1))
    assert {name: ledger.counts()[name] for name in ("WAITING", "CLAIMED")} == {"WAITING": 2, "CLAIMED": 2}

    ledger.save(ready.moved(BatchState.QUARANTINED))
    assert ledger.counts()["QUARANTINED"] == 3


def test_all_batches_are_shown_ended_ones_too_the_oldest_first_or_only_the_newest(ledger: Ledger) -> None:
    for name in ("2", "1", "3"):
        ledger.save(a_batch(name))
    ledger.save(a_batch("1").moved(BatchState.ABANDONED))

    assert [batch.batch_id for batch in ledger.batches()] == ["1", "2", "3"]
    assert [batch.batch_id for batch in ledger.batches(2)] == ["2", "3"]
    assert [batch.batch_id for batch in ledger.batches(9)] == ["1", "2", "3"]


def test_what_is_in_quarantine_can_be_found_until_it_is_redriven(ledger: Ledger) -> None:
    photos = taken(ledger, "b", registered(ledger, 3))
    ready = a_batch("b").moved(BatchState.READY)
    batch = ready.moved(BatchState.QUARANTINED)
    assert ledger.save(ready)
    assert ledger.save(batch)
    ledger.save(a_batch("done"))
    stranded = done(ledger, "done", [], {"features": 3, "quarantined": 1})

    assert {one.batch_id for one in ledger.quarantined()} == {"b", "done"}
    assert not ledger.open_batches()
    assert sorted(one.upload.key for one in ledger.photos_of("b")) == sorted(one.upload.key for one in photos)

    assert ledger.save(batch.moved(BatchState.READY))
    assert ledger.save(stranded.changed(counts={"features": 3}), photos[:1], LATER)

    assert ledger.quarantined() == []
    assert [one.batch_id for one in ledger.open_batches()] == ["b"]
    assert keys(ledger.waiting(5)) == [photos[0].upload.key]


@pytest.mark.parametrize("then", [BatchState.DONE, BatchState.READY, BatchState.QUARANTINED])
def test_a_batch_is_unbilled_from_the_end_of_a_run_until_it_has_a_bill_whatever_becomes_of_the_batch(
    ledger: Ledger, then: BatchState
) -> None:
    ready = a_batch().moved(BatchState.READY)
    running = ready.moved(BatchState.RUNNING, runs=(LedgerRun("r", 1, "SUBMITTED", START),))
    for batch in (a_batch(), ready, running):
        ledger.save(batch)
        assert ledger.unbilled(5) == []
    ended = running.moved(then, runs=(replace(running.run, state="SUCCESS"),))
    ledger.save(ended)
    assert ledger.unbilled(5) == [ended]
    found = (ledger.open_batches(), ledger.quarantined())

    ledger.save(ended.changed(runs=(replace(ended.run, billed={}),)))
    assert ledger.unbilled(5) == []
    assert tuple(map(len, found)) == (len(ledger.open_batches()), len(ledger.quarantined()))


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
    """Takes without a look at who has it."""

    def _take(self, name: str, batch_id: str) -> None:
        self.kept_pages[name] = replace(self.kept_pages[name], batch_id=batch_id)


def test_red_twin_a_page_taken_without_a_condition_goes_to_two_batches() -> None:
    ledger = ForgetfulLedger()
    pages = registered(ledger, 3)

    assert len(taken(ledger, "one", pages)) + len(taken(ledger, "two", pages)) == 6
