"""`fruits reconcile` names exactly what is missing where and what is extra, whatever moves meanwhile."""

import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import uploads
from chalicelib.domain.records import LedgerPhoto, Upload
from chalicelib.domain.states import PhotoState
from contracts.errors import RetryLater
from infra.ops.bucket_versions import Version
from infra.ops.photo_rows import PhotoRow
from infra.ops.reconciliation.census import Census, Seen
from infra.ops.reconciliation.compare import Bounds, Comparison, Sources
from infra.ops.reconciliation.findings import MEANINGS, Finding, Reconciliation
from infra.ops.reconciliation.mend import event, send
from tests.fakes.functions import START
from tests.fakes.messages import LOCATION
from tests.fakes.traces import entry, row, version

BOUNDS = Bounds(young=START + timedelta(hours=1), old=START - timedelta(days=89))


@dataclass
class World:
    """A bucket, a ledger and a table, each of which a test may change on its own."""

    bucket: dict[str, Version] = field(default_factory=dict)
    ledger: dict[str, LedgerPhoto] = field(default_factory=dict)
    table: list[PhotoRow] = field(default_factory=list)
    late: dict[str, LedgerPhoto] = field(default_factory=dict)
    """Registered between the pass over the ledger and the question for one photo."""

    @classmethod
    def of(cls, number: int) -> "World":
        found = [version(f"photo-{n}") for n in range(number)]
        rows = [row(one, "corrupt" if n % 7 == 0 else None) for n, one in enumerate(found)]
        return cls({one.photo_id: one for one in found}, {one.photo_id: entry(one) for one in found}, rows)

    def compare(self, bounds: Bounds = BOUNDS) -> Reconciliation:
        return Comparison(self.sources(), bounds).run()

    def sources(self) -> Sources:
        return Sources(
            photo_ids=lambda: list(self.ledger),
            versions=lambda: list(self.bucket.values()),
            row_ids=lambda: [(one.photo_id, one.extracted_at) for one in self.table],
            entry_of=lambda name: self.ledger.get(name) or self.late.get(name),
            rows_of=self.rows_of,
        )

    def rows_of(self, ids: Sequence[str]) -> list[PhotoRow]:
        return [one for one in self.table if one.photo_id in set(ids)]


def names(found: Reconciliation, finding: Finding) -> set[str]:
    return {photo.photo_id for photo in found.named[finding]}


def test_what_agrees_is_in_order() -> None:
    found = World.of(1000).compare()

    assert found.in_order
    assert (found.bucket, found.ledger, found.table) == (1000, 1000, 1000)
    assert not any(found.numbers.values())


def test_twenty_missing_and_twenty_extra_are_named_exactly() -> None:
    world = World.of(1000)
    lost, erased = list(world.bucket)[:12], list(world.bucket)[100:108]
    strangers = [version(f"stranger-{n}") for n in range(15)]
    doubled = list(world.bucket)[200:205]
    world.ledger = {name: one for name, one in world.ledger.items() if name not in lost}
    world.table = [one for one in world.table if one.photo_id not in {*lost, *erased}]
    world.table += [row(one) for one in strangers] + [row(world.bucket[name], batch="batch-2") for name in doubled]

    found = world.compare()

    assert names(found, Finding.EVENT_LOST) == set(lost)
    assert names(found, Finding.ROW_MISSING) == set(erased)
    assert names(found, Finding.ROW_UNKNOWN) == {one.photo_id for one in strangers}
    assert names(found, Finding.ROW_TWICE) == set(doubled)
    assert {one.photo_id for one in found.lost} == set(lost)
    document = found.document(100, None)
    assert (document["missing"], document["extra"], document["in_order"]) == (20, 20, False)


@pytest.mark.parametrize("state", [PhotoState.WAITING, PhotoState.CLAIMED, PhotoState.QUARANTINED])
def test_a_photo_on_its_way_is_not_missing(state: PhotoState) -> None:
    world = World.of(10)
    name = next(iter(world.bucket))
    world.ledger[name] = replace(world.ledger[name], state=state)
    world.table = [one for one in world.table if one.photo_id != name]

    assert world.compare().in_order


def test_a_photo_that_is_young_or_registered_meanwhile_is_not_missing() -> None:
    world = World.of(10)
    young, late = version("young", START + timedelta(hours=2)), version("late")
    world.bucket |= {one.photo_id: one for one in (young, late)}
    world.late = {late.photo_id: entry(late, PhotoState.WAITING, None)}

    found = world.compare()

    assert found.in_order
    assert found.young == 1


def test_red_twin_without_the_second_question_a_photo_that_moved_is_a_finding() -> None:
    world = World.of(10)
    late = version("late")
    world.bucket[late.photo_id] = late

    assert names(world.compare(), Finding.EVENT_LOST) == {late.photo_id}


def test_a_row_that_the_ledger_forgot_with_age_is_no_stranger_and_a_photo_that_expired_is_told_of_alone() -> None:
    world = World.of(10)
    old, gone = version("old"), list(world.bucket)[3]
    world.bucket[old.photo_id] = old
    world.table.append(row(old, at=START - timedelta(days=100)))
    del world.bucket[gone]

    found = world.compare()

    assert found.in_order
    assert found.forgotten == 1
    assert names(found, Finding.PHOTO_GONE) == {gone}


def test_what_was_written_without_versioning_is_named_and_never_sent_again() -> None:
    world = World.of(3)
    plain = replace(version("plain"), version_id="null")
    world.bucket[plain.photo_id] = plain

    found = world.compare()

    assert names(found, Finding.UNVERSIONED) == {plain.photo_id}
    assert found.lost == []


def test_below_a_prefix_the_ledger_s_other_photos_are_not_missing() -> None:
    world = World.of(10)
    world.bucket, world.table = {}, []

    assert world.compare(replace(BOUNDS, whole=False)).in_order
    assert not world.compare().in_order


def test_beyond_the_most_findings_are_counted_and_not_named() -> None:
    world = World.of(0)
    strangers = [version(f"stranger-{n}") for n in range(2500)]
    world.table = [row(one) for one in strangers]
    world.bucket = {one.photo_id: one for one in strangers}

    found = world.compare(replace(BOUNDS, most=1000))

    assert found.numbers[Finding.ROW_UNKNOWN] == 2500
    assert len(found.named[Finding.ROW_UNKNOWN]) == 1000


def test_of_lost_events_no_more_are_kept_than_one_call_sends_again() -> None:
    world = World.of(0)
    world.bucket = {one.photo_id: one for one in (version(f"lost-{n}") for n in range(30))}

    found = world.compare(replace(BOUNDS, most=10))

    assert found.numbers[Finding.EVENT_LOST] == 30
    assert len(found.lost) == len(found.named[Finding.EVENT_LOST]) == 10


def test_a_photo_that_the_ledger_forgot_is_not_kept_while_the_bucket_is_read() -> None:
    world = World.of(0)
    old = [version(f"old-{n}") for n in range(30)]
    world.bucket = {one.photo_id: one for one in old}
    world.table = [row(one, at=START - timedelta(days=100)) for one in old]
    comparison = Comparison(world.sources(), replace(BOUNDS, most=0))

    assert comparison.run().in_order


def test_each_finding_has_a_meaning_and_a_remedy() -> None:
    assert set(MEANINGS) == set(Finding)


def test_a_census_keeps_less_than_150_bytes_a_photo() -> None:
    tracemalloc.start()
    try:
        census = Census()
        for number in range(100_000):
            census.see(f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}", Seen.LEDGER)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert census.number(Seen.LEDGER) == 100_000
    assert kept / 100_000 < 150


@pytest.mark.parametrize("key", ["uploads/o1/a.jpg", "uploads/o 1/ä+b%2F&c.jpg", "uploads/o1/日本.jpg", "uploads/x"])
def test_an_event_that_is_sent_again_is_read_as_the_upload_that_it_was(key: str) -> None:
    lost = replace(version("a"), key=key)

    (upload,) = uploads.read(json.dumps(event(lost, "eu-west-3")), LOCATION)

    assert isinstance(upload, Upload)
    assert (upload.photo_id, upload.key, upload.version_id) == (lost.photo_id, key, lost.version_id)
    assert (upload.uploaded_at, upload.size_bytes, upload.etag) == (lost.uploaded_at, 5000, "e")


class Queue:
    """SQS's answer to a batch of messages; `full`: it takes no more than so many."""

    def __init__(self, full: int = 1000) -> None:
        self.taken: list[str] = []
        self.full = full

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803
        room = Entries[: self.full - len(self.taken)]
        self.taken += [one["MessageBody"] for one in room]
        failed = [{"Id": one["Id"]} for one in Entries[len(room) :]]
        return {"Successful": room} | ({"Failed": failed} if failed else {})


def test_each_lost_event_is_sent_once_ten_at_a_time() -> None:
    queue, lost = Queue(), [version(f"lost-{n}") for n in range(23)]

    assert send(queue, "url", lost, "eu-west-3") == 23
    assert len(set(queue.taken)) == 23


def test_a_queue_that_takes_no_more_is_an_error_that_may_pass() -> None:
    with pytest.raises(RetryLater, match="took 15 events"):
        send(Queue(full=15), "url", [version(f"lost-{n}") for n in range(23)], "eu-west-3")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (
            Reconciliation(bucket=40, young=40),
            "0 of the bucket's 40 photos were judged; 40 are younger than 15 minutes and may be on their way: "
            "`--grace 0` judges them too.",
        ),
        (
            Reconciliation(bucket=40, young=3),
            "Nothing is missing, and nothing is extra: 37 of the bucket's 40 photos were judged; 3 are younger than 15 "
            "minutes and may be on their way: `--grace 0` judges them too.",
        ),
        (
            Reconciliation(bucket=40),
            "Nothing is missing, and nothing is extra: 40 of the bucket's 40 photos were judged.",
        ),
    ],
)
def test_the_conclusion_says_how_many_photos_were_judged_and_praises_none_that_were_not(
    found: Reconciliation, says: str
) -> None:
    assert found.conclusion(15.0) == says


def test_the_conclusion_of_a_difference_does_not_say_that_nothing_is_missing() -> None:
    found = Reconciliation(bucket=40)
    found.count(Finding.EVENT_LOST, 1)

    assert found.conclusion(15.0) == "40 of the bucket's 40 photos were judged."
