"""What the ledger takes of DynamoDB, counted on the real adapter: write and read units a photo, upload to result.

`pytest -s tests/contract/test_ledger_units.py` prints the table of `docs/event-path.md`.
"""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.aws.ledger import DynamoLedger
from chalicelib.domain.batches import Batching
from chalicelib.domain.records import Upload
from chalicelib.wiring import random_hex
from infra.local.cloud import LocalCloud
from tests.contract.ledgers import RETENTION, make_table
from tests.fakes.functions import START
from tests.fakes.metered_dynamodb import Metered
from tests.unit.functions.batch_world import World

MOST = 3.0
"""Write units a photo, from upload to result."""


def photo(chance: random.Random, at: datetime = START) -> Upload:
    """An upload with the names that S3 and an app give: random, so they don't compress."""
    key = f"uploads/{chance.randbytes(16).hex()}/banana/{chance.randbytes(16).hex()}.jpg"
    version, etag, sequencer = (chance.randbytes(number).hex() for number in (16, 16, 9))
    return Upload("fruits-prod-photos-123456789012", key, version, 203_118, etag, sequencer, at, "o1")


@pytest.fixture
def meter(local_cloud: LocalCloud) -> Metered:
    return Metered(local_cloud.target().client("dynamodb"))


@pytest.fixture
def world(local_cloud: LocalCloud, meter: Metered) -> World:
    """The event path on the real ledger; what it makes of photos is a fake's."""
    name = f"ledger-{uuid4().hex}"
    make_table(local_cloud.target().client("dynamodb"), name)
    ledger: Any = DynamoLedger(meter, name, RETENTION, random_hex)
    return World(Batching(1_000, 10_000, timedelta(hours=1), 2), ledger)


def shown(what: str, meter: Metered, photos: int) -> float:
    written, read = meter.written / photos, meter.read / photos
    print(f"\n{what}: {written:.2f} write units a photo, {read:.2f} read units; {dict(meter.calls)}")  # noqa: T201  `pytest -s` shows it
    return written


@pytest.mark.parametrize(("page", "most"), [(1, 3.2), (2, MOST), (10, MOST), (100, MOST)])
def test_a_photo_of_a_batch_of_1000_takes_at_most_3_write_units_if_it_does_not_come_alone(
    world: World, meter: Metered, page: int, most: float
) -> None:
    chance = random.Random(7)
    for _ in range(1_000 // page):
        world.ledger.register([photo(chance) for _ in range(page)], world.clock())
    world.submit()
    world.end("run-0")

    assert world.ledger.counts() == {"DONE": 1_000}
    assert shown(f"pages of {page}, a batch of 1,000", meter, 1_000) <= most


@pytest.mark.parametrize(("page", "most"), [(1, 3.6), (2, MOST)])
def test_an_hour_of_a_photo_a_minute_takes_at_most_3_write_units_a_photo_its_submits_included(
    world: World, meter: Metered, page: int, most: float
) -> None:
    """A batch an hour; its run works for ten minutes, and each minute has its submit."""
    chance = random.Random(7)
    for minute in range(71):
        if minute < 60 and minute % page == 0:
            world.ledger.register([photo(chance, world.clock()) for _ in range(page)], world.clock())
        world.submit()
        world.clock.pass_(minutes=1)
    assert len(world.runner.runs) == 1
    world.end("run-0")
    for _ in range(20):
        world.submit()
        world.clock.pass_(minutes=1)

    assert world.ledger.counts() == {"DONE": 60}
    assert shown(f"an hour of a photo a minute, pages of {page}", meter, 60) <= most


def test_a_submit_with_nothing_to_do_reads_little_and_writes_nothing(world: World, meter: Metered) -> None:
    world.ledger.register([photo(random.Random(7))], START)
    before = meter.read, meter.written
    for _ in range(30):
        world.clock.pass_(minutes=1)
        world.submit()

    print(f"\na submit with nothing to do: {(meter.read - before[0]) / 30:.1f} read units")  # noqa: T201  `pytest -s` shows it
    assert meter.written == before[1]
    assert (meter.read - before[0]) / 30 < 8


def test_pages_that_were_taken_are_not_read_for_ever(world: World, meter: Metered) -> None:
    chance = random.Random(7)
    for _ in range(10):
        world.ledger.register([photo(chance) for _ in range(100)], world.clock())
    world.submit()
    world.end("run-0")

    def a_look() -> float:
        before = meter.read
        world.ledger.waiting(1_000)
        return meter.read - before

    first = a_look()
    for _ in range(30):
        world.clock.pass_(minutes=1)
        world.submit()
    assert a_look() < first / 4
