"""Collect: register the uploads of some messages in the ledger, each once."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.counts import CollectCount, Counts
from chalicelib.domain.records import Upload
from chalicelib.domain.uploads import MALFORMED, UploadLocation, UploadOutcome, read
from chalicelib.services.ports import Ledger
from contracts.errors import GiveUp, RetryLater


def register_uploads(
    bodies: Sequence[str], location: UploadLocation, ledger: Ledger, now: datetime, counts: Counts
) -> list[RetryLater | GiveUp | None]:
    """Register the uploads of messages together, and count every record by its outcome.

    Good records are registered even beside a malformed one. When the message comes again, they are duplicates.

    Return for each message why it has to go back to the queue, or None:
        RetryLater: the ledger did not answer for a record of it. The message has to come again.
        GiveUp: a record is malformed. The message has to end in the dead-letter queue, where a person sees it.

    Raises:
        GiveUp, RetryLater: the ledger refused, or did not answer at all. All messages have to come again.
    """
    messages = [read(body, location) for body in bodies]
    uploads = {one.photo_id: one for found in messages for one in found if isinstance(one, Upload)}
    said = dict(zip(uploads, ledger.register(list(uploads.values()), now), strict=True)) if uploads else {}
    return [_count(found, said, counts) for found in messages]


def _count(
    found: Sequence[Upload | UploadOutcome], said: dict[str, bool | RetryLater], counts: Counts
) -> RetryLater | GiveUp | None:
    """Count a message's records. What was said of an upload holds for the first record of it alone."""
    later: RetryLater | None = None
    for one in found:
        outcome = one if isinstance(one, UploadOutcome) else _outcome(one, said)
        if isinstance(outcome, RetryLater):
            later = outcome
        else:
            counts[CollectCount(outcome)] += 1
    malformed = [one for one in found if isinstance(one, UploadOutcome) and one in MALFORMED]
    if later is None and malformed:
        return GiveUp(f"{len(malformed)} of {len(found)} records cannot be read", malformed[0])
    return later


def _outcome(one: Upload, said: dict[str, bool | RetryLater]) -> UploadOutcome | RetryLater:
    answer = said[one.photo_id]
    if isinstance(answer, RetryLater):
        return answer
    said[one.photo_id] = False
    return UploadOutcome.ACCEPTED if answer else UploadOutcome.DUPLICATE
