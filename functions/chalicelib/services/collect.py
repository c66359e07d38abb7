"""Collect: register each upload of a message in the ledger, once."""

from datetime import datetime

from chalicelib.domain.counts import CollectCount, Counts
from chalicelib.domain.records import Upload
from chalicelib.domain.uploads import MALFORMED, UploadLocation, UploadOutcome, read
from chalicelib.services.ports import Ledger
from contracts.errors import GiveUp


def register_uploads(body: str, location: UploadLocation, ledger: Ledger, now: datetime, counts: Counts) -> None:
    """Register the uploads of a message, and count every record by its outcome.

    Good records are registered even beside a malformed one. When the message comes again, they are duplicates.

    Raises:
        RetryLater: the ledger did not answer. The message has to come again.
        GiveUp: a record is malformed. The message has to end in the dead-letter queue, where a person sees it.
    """
    found = read(body, location)
    for one in found:
        counts[CollectCount(_register(one, ledger, now))] += 1
    malformed = [one for one in found if isinstance(one, UploadOutcome) and one in MALFORMED]
    if malformed:
        raise GiveUp(f"{len(malformed)} of {len(found)} records cannot be read", malformed[0])


def _register(one: Upload | UploadOutcome, ledger: Ledger, now: datetime) -> UploadOutcome:
    if isinstance(one, UploadOutcome):
        return one
    return UploadOutcome.ACCEPTED if ledger.register(one, now) else UploadOutcome.DUPLICATE
