"""The ledger in one DynamoDB table.

| item | `pk` | in the index `open` under `open_pk`, `open_sk` |
| --- | --- | --- |
| photo, WAITING | `photo#<id>` | `waiting#<shard>`, since when it waits, id |
| photo, CLAIMED | | `batch#<batch>`, id |
| batch that is open | `batch#<id>` | `batches`, id |
| lease | `lease#<name>` | none |

What is settled leaves the index: it holds what somebody still has to do something about, however large the table.
Shards: one partition takes 1,000 writes a second, and all uploads of a moment have the same time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from chalicelib import ledger_items as items
from chalicelib.aws_errors import code_of, named
from chalicelib.ports import Settled
from chalicelib.records import Batch, LedgerPhoto, Upload

Item = TypeVar("Item")
Answer = TypeVar("Answer")

INDEX = "open"
THREADS = 16


class DynamoLedger:
    """See `ports.Ledger`. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, table: str, retention: timedelta) -> None:
        self._db, self._table, self._retention = dynamodb, table, retention

    def register(self, upload: Upload, now: datetime) -> bool:
        """Remember an upload as WAITING, in one conditional write; False if its photo is known already."""
        item = items.new_photo(upload, now)
        return self._written("put_item", Item=_out(item), ConditionExpression="attribute_not_exists(pk)")

    def photo(self, photo_id: str) -> LedgerPhoto | None:
        """Return one photo."""
        found = self._get(items.photo_key(photo_id))
        return items.photo(found) if found else None

    def waiting(self, at_most: int) -> Sequence[LedgerPhoto]:
        """Return those that have waited longest, oldest first."""
        shards = [self._open(items.waiting_key(shard), at_most) for shard in range(items.SHARDS)]
        oldest = islice(merge(*shards, key=lambda item: str(item["open_sk"])), at_most)
        return [items.photo(item) for item in oldest]

    def claim(self, photos: Sequence[LedgerPhoto], batch_id: str) -> Sequence[LedgerPhoto]:
        """Take photos for a batch, one conditional write each, and return those that were still to be had."""

        def take(photo: LedgerPhoto) -> bool:
            return self._moved(photo.upload.photo_id, items.claimed(photo.upload.photo_id, batch_id))

        taken = _at_once(take, photos)
        return [photo for photo, was in zip(photos, taken, strict=True) if was]

    def photos_of(self, batch_id: str) -> Sequence[LedgerPhoto]:
        """Return the photos that are CLAIMED for a batch."""
        return [items.photo(item) for item in self._open(items.batch_pk(batch_id))]

    def settle(self, batch_id: str, settled: Iterable[Settled], now: datetime) -> int:
        """Move photos that are CLAIMED for the batch; return how many moved."""
        changes = [(one.photo_id, items.settled(one, batch_id, now, self._retention)) for one in settled]
        return sum(_at_once(lambda change: self._moved(*change), changes))

    def save(self, batch: Batch) -> bool:
        """Keep a batch's next revision; False if another was faster."""
        condition = "attribute_not_exists(pk)" if batch.revision == 0 else "revision = :before"
        values = {} if batch.revision == 0 else {"ExpressionAttributeValues": _out({":before": batch.revision - 1})}
        return self._written("put_item", Item=_out(items.of_batch(batch)), ConditionExpression=condition, **values)

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, as it is now."""
        found = self._get(items.batch_pk(batch_id))
        return items.batch(found) if found else None

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that are not at their end."""
        return [items.batch(item) for item in self._open(items.BATCHES)]

    def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Take a lease that nobody holds, or whose time is over."""
        return self._written(
            "put_item",
            Item=_out({"pk": f"lease#{name}", "holder": holder, "held_until": int(until.timestamp())}),
            ConditionExpression="attribute_not_exists(pk) OR held_until <= :now",
            ExpressionAttributeValues=_out({":now": int(now.timestamp())}),
        )

    def release(self, name: str, holder: str) -> None:
        """Give a lease back, if it is still this holder's."""
        self._written(
            "delete_item",
            Key=_out({"pk": f"lease#{name}"}),
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues=_out({":holder": holder}),
        )

    def batches(self) -> Sequence[Batch]:
        """Return all batches, the oldest first: reads the whole table, so it is for a person who looks."""
        prefix = {"ExpressionAttributeValues": _out({":prefix": items.batch_pk("")})}
        found = self._pages("scan", FilterExpression="begins_with(pk, :prefix)", **prefix)
        return sorted(map(items.batch, found), key=lambda batch: batch.batch_id)

    def counts(self) -> Mapping[str, int]:
        """Count photos by state, and rejected ones by code too: reads the whole table."""
        names = {"#state": "state", "#outcome": "outcome"}
        asked = {"ProjectionExpression": "pk, #state, #outcome", "ExpressionAttributeNames": names}
        found: Counter[str] = Counter()
        for item in self._pages("scan", **asked):
            if item["pk"].startswith(items.photo_key("")):
                found.update(items.counted(item["state"], item.get("outcome")))
        return found

    def _moved(self, photo_id: str, change: items.Change) -> bool:
        return self._written(
            "update_item",
            Key=_out({"pk": items.photo_key(photo_id)}),
            UpdateExpression=change.update,
            ConditionExpression=change.condition,
            ExpressionAttributeNames=change.names,
            ExpressionAttributeValues=_out(change.values),
        )

    def _open(self, key: str, at_most: int | None = None) -> list[dict[str, Any]]:
        pages = self._pages(
            "query",
            IndexName=INDEX,
            KeyConditionExpression="open_pk = :key",
            ExpressionAttributeValues=_out({":key": key}),
            **({} if at_most is None else {"Limit": at_most}),
        )
        return list(islice(pages, at_most))

    def _get(self, key: str) -> dict[str, Any] | None:
        with named("dynamodb"):
            answer = self._db.get_item(TableName=self._table, Key=_out({"pk": key}), ConsistentRead=True)
        return _in(answer["Item"]) if "Item" in answer else None

    def _pages(self, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            with named("dynamodb"):
                answer = getattr(self._db, operation)(TableName=self._table, **request, **start)
            yield from map(_in, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _written(self, operation: str, **request: Any) -> bool:
        """Write under a condition; False if it does not hold."""
        with named("dynamodb"):
            try:
                getattr(self._db, operation)(TableName=self._table, **request)
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True


def _at_once(work: Callable[[Item], Answer], given: Sequence[Item]) -> list[Answer]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, given))


def _out(plain: Mapping[str, Any]) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in plain.items() if value is not None}


def _in(item: Mapping[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
