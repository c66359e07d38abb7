"""Register uploads: each in one page, however many calls have it in their hands and wherever they stop.

A photo's own item names the page that is to list it; then the page is put, once. A call that finds a photo whose page
never came puts a void page in that place, so that it cannot come any more, and takes the photo into a page of its own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import page_items as items
from chalicelib.aws.at_once import at_once
from chalicelib.aws.item_times import text, time
from chalicelib.aws.table import ONLY, Table
from chalicelib.domain.records import LedgerPhoto, Page, Upload
from contracts.errors import RetryLater

PATIENCE = timedelta(seconds=60)
"""A younger registration's page may be on its way: `collect` has 30 seconds. Nothing depends on it but some waste."""


class Registrations:
    """`random_hex` returns hex digits, for the names of pages."""

    def __init__(self, table: Table, retention: timedelta, random_hex: Callable[[], str]) -> None:
        self._table, self._retention, self._random_hex = table, retention, random_hex

    def register(self, uploads: Sequence[Upload], now: datetime) -> list[bool | RetryLater]:
        """See `ports.Ledger.register`. The uploads are different photos."""
        return [said for chunk in items.chunks(uploads) for said in self._register(chunk, now)]

    def _register(self, uploads: Sequence[Upload], now: datetime) -> list[bool | RetryLater]:
        page_id = items.page_id(now, self._random_hex())
        found = at_once(lambda one: self._enter(one, page_id, now), uploads)
        mine = [one for one, said in zip(uploads, found, strict=True) if said is True]
        failed = self._put(page_id, mine) if mine else None
        return [failed if failed and said is True else said for said in found]

    def _enter(self, upload: Upload, page_id: str, now: datetime) -> bool | RetryLater:
        """Let a photo's item name the page. Return whether it does; False: another page lists the photo."""
        try:
            old = self._table.put_new(items.new_photo(upload.photo_id, page_id, now, self._retention))
            if old is None or old["page"] == page_id:  # the second: a put whose reply was lost
                return True
            return not self._is_listed(upload.photo_id, old, now) and self._adopt(upload.photo_id, old, page_id, now)
        except RetryLater as error:
            return error

    def _is_listed(self, photo_id: str, photo: dict[str, Any], now: datetime) -> bool:
        """Return whether the page that a photo's item names lists the photo; if it does not, it never will."""
        page = self._table.get(*items.page_key(photo["page"]))
        if page is None:
            if now - time(photo["registered_at"]) < PATIENCE:
                raise RetryLater("ledger: another call registers a photo of this message")
            page = self._table.put_new(items.void(photo["page"]))
        return page is not None and items.page(page).lists(photo_id)

    def _adopt(self, photo_id: str, old: dict[str, Any], page_id: str, now: datetime) -> bool:
        """Let a photo's item name this page in place of the one that does not list it."""
        taken = self._table.update(
            items.photo_key(photo_id),
            ONLY,
            "SET page = :new, registered_at = :now",
            "page = :old OR page = :new",
            {":old": old["page"], ":new": page_id, ":now": text(now)},
        )
        if taken is None:
            raise RetryLater("ledger: another call took over a photo of this message")
        return True

    def _put(self, page_id: str, uploads: Sequence[Upload]) -> RetryLater | None:
        """Put the page of the photos that are this call's own. Return why it could not be put."""
        item = items.of_page(Page(page_id, tuple(LedgerPhoto(one, one.uploaded_at) for one in uploads)))
        try:
            old = self._table.put_new(item)
        except RetryLater as error:
            return error
        if old is None or bytes(old.get("photos", b"")) == item["photos"]:  # the second: its reply was lost
            return None
        return RetryLater("ledger: this call was so slow that another one took over its photos")
