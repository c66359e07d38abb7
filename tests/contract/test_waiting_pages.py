"""What a ledger remembers of waiting pages: it saves reads, and is never wrong for long."""

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.aws import page_items
from chalicelib.aws.ledger import DynamoLedger
from chalicelib.aws.table import Table, encoded
from chalicelib.domain.records import Batch, LedgerPhoto, Page, Upload
from chalicelib.domain.states import BatchState
from chalicelib.wiring import random_hex
from infra.local.cloud import LocalCloud
from tests.contract.ledgers import RETENTION, make_table
from tests.fakes.functions import START
from tests.fakes.messages import upload
from tests.fakes.metered_dynamodb import Metered

LATER = START + timedelta(minutes=40)


@pytest.fixture
def table(local_cloud: LocalCloud) -> str:
    name = f"ledger-{uuid4().hex}"
    make_table(local_cloud.target().client("dynamodb"), name)
    return name


@pytest.fixture
def meter(local_cloud: LocalCloud) -> Metered:
    return Metered(local_cloud.target().client("dynamodb"))


@pytest.fixture
def ledger(meter: Metered, table: str) -> DynamoLedger:
    return DynamoLedger(meter, table, RETENTION, random_hex)


@pytest.fixture
def other(local_cloud: LocalCloud, table: str) -> DynamoLedger:
    """The ledger of another process."""
    return DynamoLedger(local_cloud.target().client("dynamodb"), table, RETENTION, random_hex)


def page_of(number: int, name: str) -> list[Upload]:
    """Photos with long names that do not compress, so that few of them are many bytes."""
    return [upload(f"uploads/o/{name}-{n}-{random.randbytes(300).hex()}.jpg") for n in range(number)]


def photos(pages: Sequence[Page]) -> int:
    return sum(len(page.photos) for page in pages)


def take_all(ledger: DynamoLedger, name: str) -> Sequence[LedgerPhoto]:
    assert ledger.open_batch(Batch(name, BatchState.CLAIMING, START), ledger.waiting(1_000), START)
    return ledger.take(name, START)


def test_a_look_pays_for_new_pages_alone_and_sees_all(
    ledger: DynamoLedger, other: DynamoLedger, meter: Metered
) -> None:
    for n in range(20):
        other.register(page_of(20, f"a{n}"), START)
    ledger.waiting(10_000)
    first = meter.read
    other.register(page_of(1, "b"), LATER)
    assert photos(ledger.waiting(10_000)) == 401  # what is 15 minutes old is read once more
    second = meter.read
    other.register(page_of(1, "c"), LATER)

    assert photos(ledger.waiting(10_000)) == 402
    assert meter.read - second < first / 5


def test_a_look_ends_where_there_are_enough_photos_and_the_next_one_goes_on_from_there(
    ledger: DynamoLedger, other: DynamoLedger
) -> None:
    for n in range(6):
        other.register(page_of(10, str(n)), START + timedelta(hours=n))

    assert [photos(ledger.waiting(most)) for most in (15, 20, 45, 15, 1_000)] == [20, 20, 50, 20, 60]


def test_a_page_that_another_process_took_is_not_taken_again_and_is_seen_no_more(
    ledger: DynamoLedger, other: DynamoLedger
) -> None:
    other.register(page_of(3, "a"), START)
    assert photos(ledger.waiting(10)) == 3
    assert len(take_all(other, "theirs")) == 3
    other.register(page_of(2, "b"), LATER)

    assert len(take_all(ledger, "ours")) == 2
    assert not ledger.waiting(10)


def test_a_page_that_another_process_took_waits_no_more_at_the_next_look(
    ledger: DynamoLedger, other: DynamoLedger
) -> None:
    """Else `submit` would say for ten minutes that a photo waits which has its row."""
    other.register(page_of(3, "a"), START)
    assert photos(ledger.waiting(10)) == 3
    take_all(other, "theirs")

    assert not ledger.waiting(10)


def test_a_ledger_that_takes_pages_itself_reads_nothing_anew_for_it(
    ledger: DynamoLedger, other: DynamoLedger, meter: Metered
) -> None:
    for n in range(20):
        other.register(page_of(20, f"a{n}"), START)
    ledger.waiting(10_000)
    first = meter.read
    other.register(page_of(1, "b"), LATER)
    ledger.waiting(10_000)
    assert ledger.open_batch(Batch("ours", BatchState.CLAIMING, START), ledger.waiting(20), START)
    ledger.take("ours", START)
    second = meter.read

    assert photos(ledger.waiting(10_000)) == 381
    assert meter.read - second < first / 5


def test_each_move_of_the_mark_reads_the_table_anew(ledger: DynamoLedger, other: DynamoLedger) -> None:
    other.register(page_of(3, "a"), START)
    assert photos(ledger.waiting(10)) == 3
    take_all(other, "theirs")

    ledger.move_mark(START)

    assert not ledger.waiting(10)


def test_a_page_that_is_put_ten_minutes_after_its_name_is_seen(
    ledger: DynamoLedger, local_cloud: LocalCloud, table: str
) -> None:
    ledger.register(page_of(1, "a"), LATER)
    assert photos(ledger.waiting(10)) == 1
    named = page_items.page_id(LATER - timedelta(minutes=10), "00000000")
    late = page_items.of_page(Page(named, (LedgerPhoto(upload("uploads/o/late.jpg"), START),), None))
    Table(local_cloud.target().client("dynamodb"), table).write("put_item", Item=encoded(late))

    assert photos(ledger.waiting(10)) == 2


def test_red_twin_who_looks_from_the_newest_page_on_misses_one_that_is_put_late(
    ledger: DynamoLedger, local_cloud: LocalCloud, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_items, "LATEST", timedelta(0))

    with pytest.raises(AssertionError):
        test_a_page_that_is_put_ten_minutes_after_its_name_is_seen(ledger, local_cloud, table)


def test_a_page_that_was_taken_is_not_remembered_again_by_a_read_that_is_behind(
    ledger: DynamoLedger, other: DynamoLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.register(page_of(3, "a"), START)
    read = Table.query
    before = [list(read(ledger._table, page_items.shard_key(n))) for n in range(page_items.SHARDS)]
    assert len(take_all(ledger, "ours")) == 3

    behind = {page_items.shard_key(n): items for n, items in enumerate(before)}
    monkeypatch.setattr(Table, "query", lambda _self, pk, *_given, **_more: iter(behind.get(pk, [])))

    assert not ledger.waiting(10)
