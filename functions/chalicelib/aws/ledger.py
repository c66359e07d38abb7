"""The ledger in one DynamoDB table.

| item | `pk` | `sk` |
| --- | --- | --- |
| photo: which page is to list it | `photo#<id>` | `-` |
| page of photos, and the batch that has taken it | `pages#<shard>` | time, random digits |
| mark: no page before it waits; how often batches took pages | `mark` | `-` |
| batch | `batches` | id |
| the names of its pages | `batch#<id>` | `pages` |
| which batches are open, in quarantine (or have photos there), unbilled | `open`, `quarantine`, `unbilled` | id |
| breaker | `breaker` | `-` |
| lease | `lease#<name>` | `-` |
| scheduled job (`job_ledger.py`) | `job#<kind>` | `-` |

A page is written twice: when it is put, and when a batch takes it. It never moves, so it remembers that it was there.
What is open is found by items of its own, which one transaction keeps in step with the batch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from chalicelib.aws import batch_items
from chalicelib.aws import page_items as items
from chalicelib.aws.at_once import at_once
from chalicelib.aws.registrations import Registrations
from chalicelib.aws.table import NEW, ONLY, Item, Table, encoded
from chalicelib.aws.waiting_pages import WaitingPages
from chalicelib.domain import photo_counts
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerPhoto, Page, Upload
from chalicelib.domain.states import BatchState
from contracts.errors import RetryLater

_MARK = "mark"


class DynamoLedger:
    """See `ports.Ledger`. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, table: str, retention: timedelta, random_hex: Callable[[], str]) -> None:
        self._table, self._retention = Table(dynamodb, table), retention
        self._registrations = Registrations(self._table, retention, random_hex)
        self._waiting = WaitingPages(self._table)

    def register(self, uploads: Sequence[Upload], now: datetime) -> Sequence[bool | RetryLater]:
        """Register uploads as WAITING: a conditional write each, and one for each page of them."""
        return self._registrations.register(uploads, now)

    def page_of(self, photo_id: str) -> Page | None:
        """Return the page in which a photo was registered."""
        found = self._table.get(items.photo_key(photo_id))
        page = self._page(found["page"]) if found else None
        return page if page and page.lists(photo_id) else None

    def pages(self, page_ids: Sequence[str]) -> Sequence[Page]:
        """Return pages by their names."""
        return [page for page in at_once(self._page, page_ids) if page is not None]

    def waiting(self, at_most: int) -> Sequence[Page]:
        """Return the oldest pages that wait, until they have so many photos. May miss what another has just written."""
        since, takes = self._mark()
        self._waiting.heed(takes)
        return self._waiting.read(since, at_most)

    def move_mark(self, now: datetime) -> None:
        """Let `waiting` begin anew, behind the pages that batches have taken. Writes if there are any."""
        self._waiting.forget()
        (since, _), end = self._mark(), items.mark(now - items.LATEST)
        asked = {"ProjectionExpression": "sk, batch_id"}
        taken = False
        for key in _shards():
            for item in self._table.query(key, since, asked):
                if item["sk"] >= end or "batch_id" not in item:
                    end = min(end, item["sk"])
                    break
                taken = True
        if taken and end > since:  # an older mark, put by a slow call, would only cost reads
            change = {"UpdateExpression": "SET since = :end", "ExpressionAttributeValues": encoded({":end": end})}
            self._table.write("update_item", Key=encoded({"pk": _MARK, "sk": ONLY}), **change)

    def open_batch(self, batch: Batch, pages: Sequence[Page], now: datetime) -> bool:
        """Save a new batch, and first the names of the pages that it is to take."""
        expires_at = int((now + 2 * self._retention).timestamp())
        names = batch_items.of_pages(batch.batch_id, [page.page_id for page in pages], expires_at)
        return self._table.write("put_item", Item=encoded(names), ConditionExpression=NEW) and self.save(batch)

    def take(self, batch_id: str, now: datetime) -> Sequence[LedgerPhoto]:
        """Take the pages that a batch names, a conditional write each; return the photos of those that are its own."""
        expires_at = int((now + 2 * self._retention).timestamp())
        values = {":batch": batch_id, ":expires_at": expires_at}

        def taken(name: str) -> Item | None:
            change = "SET batch_id = :batch, expires_at = :expires_at"
            condition = f"attribute_exists(pk) AND ({items.WAITS} OR batch_id = :batch)"
            return self._table.update(*items.page_key(name), change, condition, values)

        names = self._names(batch_id)
        found = at_once(taken, names)
        self._waiting.drop(names, self._table.add_one(_MARK, "takes"))
        return [photo for item in found if item is not None for photo in items.page(item).photos]

    def photos_of(self, batch_id: str) -> Sequence[LedgerPhoto]:
        """Return the photos of the pages that a batch has taken."""
        pages = self.pages(self._names(batch_id))
        return [photo for page in pages if page.batch_id == batch_id for photo in page.photos]

    def save(self, batch: Batch, again: Sequence[LedgerPhoto] = (), now: datetime | None = None) -> bool:
        """Save a batch's next revision; in the same transaction the photos that wait again, and where it is found."""
        item = batch_items.of_batch(batch)
        before = self.batch(batch.batch_id) if batch.revision else None
        if batch.revision and (before is None or before.revision + 1 != batch.revision):
            return False
        old = batch_items.lists_of(before) if before else frozenset()
        new = batch_items.lists_of(batch)
        if old == new and not again:
            return self._table.put_next(item)
        pages = items.again(again, batch.batch_id, batch.revision, now) if now else []
        released = (*batch.released, *(page.page_id for page in pages))
        actions = [self._table.putting_next(item | {"released": list(released)})]
        actions += [self._table.putting(items.of_page(page)) for page in pages]
        actions += [self._table.deleting(name, batch.batch_id) for name in sorted(old - new)]
        actions += [self._table.putting({"pk": name, "sk": batch.batch_id}) for name in sorted(new - old)]
        return self._table.transact(actions)

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, as it is now."""
        found = self._table.get(batch_items.BATCHES, batch_id)
        return batch_items.batch(found) if found else None

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that are not at an end."""
        return self._listed(batch_items.OPEN_LIST)

    def quarantined(self) -> Sequence[Batch]:
        """Return the batches that are QUARANTINED, or DONE with photos that are."""
        return self._listed(batch_items.QUARANTINE)

    def unbilled(self, at_most: int) -> Sequence[Batch]:
        """Return batches of which an ended run's bill is not known."""
        return self._listed(batch_items.UNBILLED, at_most)

    def batches(self, newest: int | None = None) -> Sequence[Batch]:
        """Return the newest batches, or all, the oldest of them first."""
        limit = {} if newest is None else {"PaginationConfig": {"MaxItems": newest, "PageSize": min(newest, 100)}}
        found = self._table.query(batch_items.BATCHES, more=limit, newest_first=True)
        return [batch_items.batch(item) for item in found][::-1]

    def counts(self) -> Mapping[str, int]:
        """Count photos by state, and rejected ones by code too. Reads all batches, so it is for people alone."""
        since, _ = self._mark()  # first of all, so that no page goes behind it unseen
        batches = self.batches()
        names = [name for one in batches if one.state is BatchState.CLAIMING for name in self._names(one.batch_id)]
        later = (items.page(item) for key in _shards() for item in self._table.query(key, since))
        pages = {page.page_id: page for page in (*self.pages(names), *later)}
        return photo_counts.counts(batches, pages.values())

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
            Item=encoded({"pk": f"lease#{name}", "sk": ONLY, "holder": holder, "held_until": int(until.timestamp())}),
            # Its own: a put whose answer was lost is sent again.
            ConditionExpression="attribute_not_exists(pk) OR held_until <= :now OR holder = :holder",
            ExpressionAttributeValues=encoded({":now": int(now.timestamp()), ":holder": holder}),
        )

    def release(self, name: str, holder: str) -> None:
        """Give a lease back, if this holder still has it."""
        self._table.write(
            "delete_item",
            Key=encoded({"pk": f"lease#{name}", "sk": ONLY}),
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues=encoded({":holder": holder}),
        )

    def _page(self, name: str) -> Page | None:
        found = self._table.get(*items.page_key(name))
        return items.page(found) if found else None

    def _mark(self) -> tuple[str, int]:
        """Return what no waiting page is before, and how often batches have taken pages."""
        found = self._table.get(_MARK, consistent=False) or {}  # an older one is as good
        return str(found.get("since", "")), int(found.get("takes", 0))

    def _names(self, batch_id: str) -> list[str]:
        found = self._table.get(*batch_items.pages_key(batch_id))
        return batch_items.pages(found) if found else []

    def _listed(self, name: str, at_most: int | None = None) -> list[Batch]:
        limit = {} if at_most is None else {"Limit": at_most}
        found = [str(item["sk"]) for item in islice(self._table.query(name, more=limit), at_most)]
        return [batch for batch in map(self.batch, found) if batch is not None and name in batch_items.lists_of(batch)]


def _shards() -> Iterator[str]:
    return map(items.shard_key, range(items.SHARDS))
