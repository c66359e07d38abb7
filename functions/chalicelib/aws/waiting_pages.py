"""The pages that wait, remembered from look to look, so that each look pays for reading the new ones alone."""

from collections.abc import Iterable, Sequence
from heapq import merge

from chalicelib.aws import page_items as items
from chalicelib.aws.table import Table
from chalicelib.domain.records import Page


class WaitingPages:
    """The waiting pages of a table.

    A page does not change while it waits, and a batch takes it by a conditional write. So what is remembered is wrong
    in one way only: another process has taken a page. Then a batch gets less than was seen, and nothing is taken twice.
    Each taking is counted in the table, so a process learns of others' with its next look and reads all anew.
    A page that was dropped stays so: a read that is not consistent may still show it as waiting.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, Page] = {}
        self._dropped: set[str] = set()
        self._since = ""
        self._takes = 0
        self._behind = False

    def heed(self, takes: int) -> None:
        """Forget the pages if batches have taken some more often than this process knows of."""
        if takes > self._takes:  # a smaller one was read before the last one was written
            self._known, self._since, self._takes, self._behind = {}, "", takes, True

    def read(self, mark: str, at_most: int) -> Sequence[Page]:
        """Return the oldest pages that wait, until they have so many photos; no page before `mark` waits."""
        room = at_most - sum(len(page.photos) for page in self._known.values())
        if room > 0:
            self._read_new(max(mark, self._since), room)
        return list(_first(sorted(self._known.values(), key=lambda page: page.page_id), at_most))

    def drop(self, names: Iterable[str], takes: int) -> None:
        """Forget pages: a batch has them. `takes` is how often batches have taken pages, this time included."""
        self._takes += takes == self._takes + 1  # else others took some too: the next look is to heed it
        for name in names:
            self._known.pop(name, None)
            self._dropped.add(name)

    def forget(self) -> None:
        """Forget all, so that the next look reads the table alone."""
        self._known, self._dropped, self._since = {}, set(), ""

    def _read_new(self, since: str, room: int) -> None:
        asked, consistent = {"FilterExpression": items.WAITS}, self._behind  # what others have just taken is to be seen
        self._behind = False
        shards = [
            self._table.query(items.shard_key(n), since, asked, consistent=consistent) for n in range(items.SHARDS)
        ]
        for item in merge(*shards, key=lambda one: str(one["sk"])):
            page = items.page(item)
            if page.page_id in self._dropped:
                continue
            room -= 0 if page.page_id in self._known else len(page.photos)
            self._known[page.page_id] = page
            self._since = max(self._since, items.mark(items.made_at(page.page_id) - items.LATEST))
            if room <= 0:
                return


def _first(pages: Iterable[Page], at_most: int) -> Iterable[Page]:
    for page in pages:
        yield page
        at_most -= len(page.photos)
        if at_most <= 0:
            return
