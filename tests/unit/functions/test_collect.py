"""Every upload enters the ledger once, however often and in whatever order its event comes."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.counts import CollectCount, Counts
from chalicelib.domain.records import Upload
from chalicelib.services.collect import register_uploads
from contracts.errors import GiveUp, RetryLater
from tests.fakes.functions import START, FakeLedger
from tests.fakes.messages import LOCATION, body, record

UPLOADS = 10_000


def test_10000_uploads_each_delivered_1_to_5_times_shuffled_over_8_threads_are_10000_photos() -> None:
    chance = random.Random(7)
    deliveries = [n for n in range(UPLOADS) for _ in range(chance.randint(1, 5))]
    chance.shuffle(deliveries)
    ledger = FakeLedger()
    messages = []
    while deliveries:  # S3 puts any number of records into a message
        some, deliveries = deliveries[: (k := chance.randint(1, 10))], deliveries[k:]
        messages.append(body(*(record(f"uploads/o/{n}.jpg", f"v{n}") for n in some)))

    def deliver(message: str) -> Counts:
        counts = Counts()
        register_uploads([message], LOCATION, ledger, START, counts)
        return counts

    with ThreadPoolExecutor(8) as pool:
        counts = sum(pool.map(deliver, messages), Counts())

    assert len(ledger.photos) == UPLOADS
    assert counts[CollectCount.ACCEPTED] == UPLOADS
    assert counts[CollectCount.DUPLICATE] > UPLOADS


class Forgetful(FakeLedger):
    """A ledger without its condition: the last write wins and is always new."""

    def _is_new(self, upload: Upload) -> bool:  # noqa: ARG002
        return True


def test_red_twin_a_ledger_without_its_condition_counts_duplicates_as_new() -> None:
    counts = Counts()
    ledger = Forgetful()

    for _ in range(2):
        register_uploads([body(record())], LOCATION, ledger, START, counts)

    assert counts[CollectCount.ACCEPTED] == 2


def test_the_same_key_with_new_bytes_is_a_new_photo_and_the_same_version_never_is() -> None:
    ledger, counts = FakeLedger(), Counts()

    for version in ("v1", "v2", "v1", "v2"):
        register_uploads([body(record("uploads/o/a.jpg", version))], LOCATION, ledger, START, counts)

    assert counts == {"accepted": 2, "duplicate": 2}


@pytest.mark.parametrize("days", [1 / 24, 4, 14, 28])
def test_a_message_that_comes_again_after_weeks_is_a_duplicate(days: float) -> None:
    ledger, counts = FakeLedger(), Counts()
    register_uploads([body(record())], LOCATION, ledger, START, counts)

    register_uploads([body(record())], LOCATION, ledger, START + timedelta(days=days, seconds=1), counts)

    assert counts == {"accepted": 1, "duplicate": 1}


def test_a_malformed_record_sends_its_message_back_and_the_good_ones_beside_it_are_kept() -> None:
    ledger, counts = FakeLedger(), Counts()

    (error,) = register_uploads([body(record(), record(version=None))], LOCATION, ledger, START, counts)

    assert isinstance(error, GiveUp)
    assert "1 of 2 records" in str(error)
    assert len(ledger.photos) == 1
    assert counts == {"accepted": 1, "unversioned_object": 1}


def test_a_ledger_that_does_not_answer_sends_the_message_back() -> None:
    class Silent(FakeLedger):
        def register(self, uploads: Sequence[Upload], now: datetime) -> Sequence[bool | RetryLater]:
            known = super().register(uploads[1:], now)
            return [RetryLater("dynamodb: ThrottlingException"), *known]

    counts = Counts()
    messages = [body(record("uploads/o/a.jpg")), body(record("uploads/o/b.jpg"))]

    failed, taken = register_uploads(messages, LOCATION, Silent(), START, counts)

    assert isinstance(failed, RetryLater)
    assert taken is None
    assert counts == {"accepted": 1}


def test_uploads_of_one_call_are_registered_together_and_each_is_accepted_once() -> None:
    ledger, counts = FakeLedger(), Counts()
    messages = [body(record(f"uploads/o/{n}.jpg")) for n in (1, 2, 2, 3)]

    assert register_uploads(messages, LOCATION, ledger, START, counts) == [None] * 4

    assert counts == {"accepted": 3, "duplicate": 1}
    assert [len(page.photos) for page in ledger.waiting(10)] == [3]
