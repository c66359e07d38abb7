"""The real ledger, killed at each of its calls, and met by another one at each of them: nothing is lost or doubled."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.aws import ledger as ledgers
from chalicelib.aws import page_items, registrations
from chalicelib.aws.ledger import DynamoLedger
from chalicelib.aws.table import Table
from chalicelib.domain.records import Batch, LedgerPhoto, Page, Upload
from chalicelib.domain.states import BatchState
from chalicelib.wiring import random_hex
from contracts.errors import RetryLater
from infra.local.cloud import LocalCloud
from tests.contract.ledgers import RETENTION, make_table
from tests.fakes.dynamodb import Interrupted, Killed
from tests.fakes.functions import START
from tests.fakes.interposed import CrashError
from tests.fakes.messages import upload

CALLS = range(1, 9)
"""More than any of these needs: behind its last one nothing happens."""
AFTER = (False, True)
LONG = timedelta(minutes=2)
"""Longer than `collect` can take."""


@dataclass
class Scene:
    """Tables, a new one for each scenario."""

    client: Any
    table: str = ""

    def scenarios(self, *choices: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        """Yield each combination of choices, with a new table."""
        for chosen in product(*choices):
            self.table = f"ledger-{uuid4().hex}"
            make_table(self.client, self.table)
            yield chosen

    def ledger(self, client: Any = None) -> DynamoLedger:
        return DynamoLedger(client or self.client, self.table, RETENTION, random_hex)

    def uploads(self, number: int) -> list[Upload]:
        return [upload(f"uploads/o/{random_hex()}.jpg") for _ in range(number)]

    def registered(self, number: int) -> list[Page]:
        """Register so many uploads, each on a page of its own."""
        uploads = self.uploads(number)
        for one in uploads:
            assert self.ledger().register([one], START) == [True]
        return [page for one in uploads if (page := self.ledger().page_of(one.photo_id)) is not None]

    def delivered(self, uploads: Sequence[Upload], now: datetime = START) -> list[bool]:
        """Deliver until nothing comes again; return what was said of each upload at last."""
        said: dict[str, bool] = {}
        left = list(uploads)
        for _ in range(5):
            now += LONG
            answers = self.ledger().register(left, now)
            said |= {one.key: answer for one, answer in zip(left, answers, strict=True) if isinstance(answer, bool)}
            left = [one for one, answer in zip(left, answers, strict=True) if isinstance(answer, RetryLater)]
            if not left:
                return [said[one.key] for one in uploads]
        raise AssertionError("an upload comes again for ever")

    def kept(self, uploads: Sequence[Upload]) -> list[Page]:
        """All pages that list one of the uploads."""
        ids = {one.photo_id for one in uploads}
        shards = (Table(self.client, self.table).query(page_items.shard_key(n)) for n in range(page_items.SHARDS))
        pages = (page_items.page(item) for shard in shards for item in shard)
        return [page for page in pages if ids & {photo.upload.photo_id for photo in page.photos}]

    def hold(self, uploads: Sequence[Upload]) -> None:
        """Each is on one page, and its own item says on which."""
        pages = self.kept(uploads)
        listed = Counter(photo.upload for page in pages for photo in page.photos)
        assert {one: listed[one] for one in uploads} == dict.fromkeys(uploads, 1)
        for one in uploads:
            assert self.ledger().page_of(one.photo_id) in pages


@pytest.fixture
def scene(local_cloud: LocalCloud) -> Scene:
    return Scene(local_cloud.target().client("dynamodb"))


def killed(scene: Scene, nth: int, after: bool, work: Callable[..., Any], *given: Any) -> None:
    """Do something with a ledger that is killed at a call."""
    with suppress(CrashError):
        work(scene.ledger(Killed(scene.client, nth, after=after)), *given)


@pytest.mark.parametrize("after", AFTER)
def test_a_collect_killed_anywhere_loses_and_doubles_nothing(scene: Scene, after: bool) -> None:
    for (nth,) in scene.scenarios(CALLS):
        first, second, third = uploads = scene.uploads(3)
        killed(scene, nth, after, DynamoLedger.register, [first, second], START)

        scene.delivered([second, third])
        scene.delivered([first, second])
        assert scene.delivered(uploads) == [False] * 3

        scene.hold(uploads)


def test_a_collect_that_takes_over_and_is_killed_too_loses_and_doubles_nothing(scene: Scene) -> None:
    for nth, then, after in scene.scenarios((1, 2, 3), range(1, 7), AFTER):
        first, second = uploads = scene.uploads(2)
        killed(scene, nth, not after, DynamoLedger.register, uploads, START)
        killed(scene, then, after, DynamoLedger.register, [second, first], START + LONG)

        scene.delivered(uploads, START + LONG)

        scene.hold(uploads)


def met(scene: Scene, uploads: Sequence[Upload], nth: int, after: bool, event: Callable[[], Any]) -> list[Upload]:
    """Register uploads while something happens at a call; return those that come again."""
    client = Interrupted(scene.client, nth, event, after=after)
    said = scene.ledger(client).register(uploads, START)
    return [one for one, answer in zip(uploads, said, strict=True) if isinstance(answer, RetryLater)]


@pytest.mark.parametrize("late", [timedelta(0), LONG], ids=["at the same moment", "when the first one is slow"])
def test_two_collects_of_the_same_uploads_meet_anywhere_and_each_photo_is_on_one_page(
    scene: Scene, late: timedelta
) -> None:
    for nth, after in scene.scenarios(CALLS, AFTER):
        first, second, third = uploads = scene.uploads(3)
        other = partial(scene.ledger().register, [second, third, first], START + late)
        left = met(scene, [first, second], nth, after, other)

        scene.delivered(uploads, START + late)
        scene.delivered(left, START + late)

        scene.hold(uploads)


def test_a_collect_and_a_submit_meet_anywhere_and_a_photo_that_was_taken_is_known(scene: Scene) -> None:
    for nth, after in scene.scenarios(CALLS, AFTER):
        uploads = scene.uploads(2)
        killed(scene, 2, after, DynamoLedger.register, uploads[:1], START)
        met(scene, uploads, nth, after, partial(take_all, scene, uploads))

        scene.delivered(uploads)
        take_all(scene, uploads)

        assert not any(scene.delivered(uploads))
        scene.hold(uploads)


def take_all(scene: Scene, uploads: Sequence[Upload]) -> Sequence[LedgerPhoto]:
    return opened(scene.ledger(), a_batch(), [page for page in scene.kept(uploads) if page.batch_id is None])


def a_batch() -> Batch:
    return Batch(f"20261124T080000-{random_hex()}", BatchState.CLAIMING, START)


def opened(ledger: DynamoLedger, batch: Batch, pages: Sequence[Page]) -> Sequence[LedgerPhoto]:
    return ledger.take(batch.batch_id, START) if ledger.open_batch(batch, pages, START) else []


@pytest.mark.parametrize("after", AFTER)
def test_a_submit_killed_while_it_takes_pages_leaves_them_to_its_heir_or_to_another_batch(
    scene: Scene, after: bool
) -> None:
    for (nth,) in scene.scenarios(CALLS):
        pages, batch, other = scene.registered(3), a_batch(), a_batch()
        killed(scene, nth, after, opened, batch, pages)

        found = list(opened(scene.ledger(), other, pages[1:]))
        for one in scene.ledger().open_batches():
            if one != other:  # what an heir does
                found += scene.ledger().take(one.batch_id, START)
        found += take_all(scene, [page.photos[0].upload for page in pages])

        assert Counter(one.upload for one in found) == Counter(page.photos[0].upload for page in pages)


def test_two_submits_that_take_the_same_pages_meet_anywhere_and_share_none(scene: Scene) -> None:
    for nth, after in scene.scenarios(CALLS, AFTER):
        pages, batch, other = scene.registered(3), a_batch(), a_batch()
        client = Interrupted(scene.client, nth, partial(opened, scene.ledger(), other, pages), after=after)

        mine = opened(scene.ledger(client), batch, pages)
        theirs = [] if scene.ledger().batch(other.batch_id) is None else scene.ledger().photos_of(other.batch_id)
        left = [] if theirs or len(mine) == 3 else take_all(scene, [page.photos[0].upload for page in pages])

        found = Counter(one.upload for one in (*theirs, *mine, *left))
        assert found == Counter(page.photos[0].upload for page in pages)
        assert len(scene.ledger().photos_of(batch.batch_id)) == len(mine)


@pytest.mark.parametrize("after", AFTER)
def test_an_end_that_is_killed_anywhere_and_told_again_lets_a_photo_wait_once_and_is_found_where_it_belongs(
    scene: Scene, after: bool
) -> None:
    for (nth,) in scene.scenarios(CALLS):
        (page, *_), batch = scene.registered(1), a_batch()
        opened(scene.ledger(), batch, [page])
        ready = batch.moved(BatchState.READY)
        running = ready.moved(BatchState.RUNNING)
        assert scene.ledger().save(ready)
        assert scene.ledger().save(running)
        done = running.moved(BatchState.DONE)
        again = [replace(page.photos[0], releases=1)]

        killed(scene, nth, after, DynamoLedger.save, done, again, START)
        scene.ledger().save(done, again, START + LONG)

        assert [one.batch_id for one in scene.kept([page.photos[0].upload])].count(None) == 1
        assert batch.batch_id not in {one.batch_id for one in scene.ledger().open_batches()}


def test_a_page_that_is_put_late_is_not_passed_over(scene: Scene) -> None:
    for nth, minutes in scene.scenarios((1, 2), (0, 10, 14)):
        pages = scene.registered(1)
        opened(scene.ledger(), a_batch(), pages)
        (late,) = scene.uploads(1)
        met(scene, [late], nth, False, partial(scene.ledger().move_mark, START + timedelta(minutes=minutes)))

        assert late.photo_id in {one.upload.photo_id for page in scene.ledger().waiting(1000) for one in page.photos}


class Trusting(registrations.Registrations):
    """Takes a page that is not there for one that will never be."""

    def _is_listed(self, photo_id: str, photo: dict[str, Any], now: datetime) -> bool:  # noqa: ARG002
        page = self._table.get(*page_items.page_key(photo["page"]))
        return page is not None and page_items.page(page).lists(photo_id)


class Hasty(registrations.Registrations):
    """Takes a photo that has an item for one that is on a page."""

    def _is_listed(self, photo_id: str, photo: dict[str, Any], now: datetime) -> bool:  # noqa: ARG002
        return True


def test_red_twin_without_a_void_page_in_its_place_a_slow_one_comes_after_all(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "Registrations", Trusting)

    with pytest.raises(AssertionError):
        test_two_collects_of_the_same_uploads_meet_anywhere_and_each_photo_is_on_one_page(scene, LONG)


def test_red_twin_who_takes_a_registered_photo_for_a_listed_one_loses_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "Registrations", Hasty)

    with pytest.raises(AssertionError):
        test_a_collect_killed_anywhere_loses_and_doubles_nothing(scene, after=True)


def test_red_twin_a_mark_that_is_not_held_back_passes_a_late_page_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_items, "LATEST", timedelta(minutes=-1))

    with pytest.raises(AssertionError):
        test_a_page_that_is_put_late_is_not_passed_over(scene)
