"""The ledger in one DynamoDB table.

| item | `pk` | in the index `open` under `open_pk`, `open_sk` |
| --- | --- | --- |
| photo, WAITING | `photo#<id>` | `waiting#<shard>`, since when it waits, id |
| photo, CLAIMED or QUARANTINED | | `batch#<batch>`, id |
| batch that is open | `batch#<id>` | `batches`, id |
| batch in quarantine, or with photos that are | | `quarantine`, id |
| ended batch whose bill is not known | | `unbilled`, id |
| breaker | `breaker` | none |
| lease | `lease#<name>` | none |
| scheduled job (`job_ledger.py`) | `job#<kind>` | none |

An item leaves the index when it needs no more work, so the index stays small however large the table is.
Waiting photos are spread over shards: one partition takes 1,000 writes a second, and uploads come at the same time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, TypeVar

from chalicelib.aws import batch_items
from chalicelib.aws import ledger_items as items
from chalicelib.aws.table import Table, encoded
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerPhoto, Upload
from chalicelib.domain.states import PhotoState
from chalicelib.services.ports import Settled

Item = TypeVar("Item")
Answer = TypeVar("Answer")

INDEX = "open"
THREADS = 16


class DynamoLedger:
    """See `ports.Ledger`. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, table: str, retention: timedelta) -> None:
        self._table, self._retention = Table(dynamodb, table), retention

    def register(self, upload: Upload, now: datetime) -> bool:
        """Register an upload as WAITING, in one conditional write; False if its photo is known already."""
        item = items.new_photo(upload, now)
        return self._table.write("put_item", Item=encoded(item), ConditionExpression="attribute_not_exists(pk)")

    def photo(self, photo_id: str) -> LedgerPhoto | None:
        """Return one photo."""
        found = self._table.get(items.photo_key(photo_id))
        return items.photo(found) if found else None

    def waiting(self, at_most: int) -> Sequence[LedgerPhoto]:
        """Return the photos that have waited longest, oldest first."""
        shards = [self._open(items.waiting_key(shard), at_most) for shard in range(items.SHARDS)]
        oldest = islice(merge(*shards, key=lambda item: str(item["open_sk"])), at_most)
        return [items.photo(item) for item in oldest]

    def claim(self, photos: Sequence[LedgerPhoto], batch_id: str) -> Sequence[LedgerPhoto]:
        """Claim photos for a batch, one conditional write each, and return those that were still WAITING."""

        def take(photo: LedgerPhoto) -> bool:
            return self._update(photo.upload.photo_id, items.claimed(photo.upload.photo_id, batch_id))

        taken = _at_once(take, photos)
        return [photo for photo, was in zip(photos, taken, strict=True) if was]

    def photos_of(self, batch_id: str, state: PhotoState = PhotoState.CLAIMED) -> Sequence[LedgerPhoto]:
        """Return the photos that are CLAIMED for a batch, or QUARANTINED with it."""
        found = map(items.photo, self._open(items.batch_pk(batch_id)))
        return [photo for photo in found if photo.state is state]

    def settle(self, batch_id: str, settled: Iterable[Settled], now: datetime) -> int:
        """Move photos that are CLAIMED for the batch; return how many moved."""
        return self._move([(one.photo_id, items.settled(one, batch_id, now, self._retention)) for one in settled])

    def reopen(self, batch_id: str, photos: Iterable[LedgerPhoto], state: PhotoState, now: datetime) -> int:
        """Move photos that are QUARANTINED with the batch; return how many moved."""
        ids = [photo.upload.photo_id for photo in photos]
        return self._move([(photo_id, items.reopened(photo_id, batch_id, state, now)) for photo_id in ids])

    def save(self, batch: Batch) -> bool:
        """Save a batch's next revision; False if that revision is there already."""
        return self._table.put_next(batch_items.of_batch(batch))

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, as it is now."""
        found = self._table.get(items.batch_pk(batch_id))
        return batch_items.batch(found) if found else None

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that are not at an end."""
        return self._batches(batch_items.BATCHES)

    def quarantined(self) -> Sequence[Batch]:
        """Return the batches that are QUARANTINED, or DONE with photos that are."""
        return self._batches(batch_items.QUARANTINE)

    def unbilled(self, at_most: int) -> Sequence[Batch]:
        """Return ended batches of which a run's bill is not known."""
        return self._batches(batch_items.UNBILLED, at_most)

    def breaker(self) -> Breaker:
        """Return the breaker as it is now."""
        found = self._table.get(batch_items.BREAKER)
        return batch_items.breaker(found) if found else Breaker()

    def keep_breaker(self, breaker: Breaker) -> bool:
        """Save the breaker's next revision; False if that revision is there already."""
        return self._table.put_next(batch_items.of_breaker(breaker))

    def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Take a lease that is free or has expired; False if another holder has it."""
        return self._table.write(
            "put_item",
            Item=encoded({"pk": f"lease#{name}", "holder": holder, "held_until": int(until.timestamp())}),
            ConditionExpression="attribute_not_exists(pk) OR held_until <= :now",
            ExpressionAttributeValues=encoded({":now": int(now.timestamp())}),
        )

    def release(self, name: str, holder: str) -> None:
        """Give a lease back, if this holder still has it."""
        self._table.write(
            "delete_item",
            Key=encoded({"pk": f"lease#{name}"}),
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues=encoded({":holder": holder}),
        )

    def batches(self) -> Sequence[Batch]:
        """Return all batches, the oldest first. Reads the whole table, so it is for people alone."""
        prefix = {"ExpressionAttributeValues": encoded({":prefix": items.batch_pk("")})}
        found = self._table.pages("scan", FilterExpression="begins_with(pk, :prefix)", **prefix)
        return sorted(map(batch_items.batch, found), key=lambda batch: batch.batch_id)

    def counts(self) -> Mapping[str, int]:
        """Count photos by state, and rejected ones by code too. Reads the whole table, so it is for people alone."""
        names = {"#state": "state", "#outcome": "outcome"}
        asked = {"ProjectionExpression": "pk, #state, #outcome", "ExpressionAttributeNames": names}
        found: Counter[str] = Counter()
        for item in self._table.pages("scan", **asked):
            if item["pk"].startswith(items.photo_key("")):
                found.update(items.counted(item["state"], item.get("outcome")))
        return found

    def _batches(self, key: str, at_most: int | None = None) -> list[Batch]:
        return [batch_items.batch(item) for item in self._open(key, at_most)]

    def _move(self, changes: Sequence[tuple[str, items.Change]]) -> int:
        return sum(_at_once(lambda change: self._update(*change), changes))

    def _update(self, photo_id: str, change: items.Change) -> bool:
        return self._table.write(
            "update_item",
            Key=encoded({"pk": items.photo_key(photo_id)}),
            UpdateExpression=change.update,
            ConditionExpression=change.condition,
            ExpressionAttributeNames=change.names,
            ExpressionAttributeValues=encoded(change.values),
        )

    def _open(self, key: str, at_most: int | None = None) -> list[dict[str, Any]]:
        pages = self._table.pages(
            "query",
            IndexName=INDEX,
            KeyConditionExpression="open_pk = :key",
            ExpressionAttributeValues=encoded({":key": key}),
            **({} if at_most is None else {"Limit": at_most}),
        )
        return list(islice(pages, at_most))


def _at_once(work: Callable[[Item], Answer], given: Sequence[Item]) -> list[Answer]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, given))
