"""Published models on stores with conditional writes: immutable versions, and a pointer that moves forward only."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from obstore.store import MemoryStore

from contracts import models
from contracts.errors import GiveUp, RetryLater
from contracts.models import Pointer
from infra.local.cloud import LocalCloud
from spark_app.lake.reduced import Staged
from spark_app.models.card import ModelCard
from spark_app.models.publication import publish
from spark_app.models.store import ModelStore, sha256
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.conditional_store import ConditionalStore, Objects, Stored
from tests.fakes.failing_objects import CrashError, FailingObjects

ROUNDS = 50


@pytest.fixture(params=["memory", "folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "memory":
        return ConditionalStore(MemoryStore(), "models/pca")
    if request.param == "folder":
        return ConditionalStore.at(str(tmp_path / "models"), StoreSettings())
    request.getfixturevalue("aws_keys")
    cloud: LocalCloud = request.getfixturevalue("local_cloud")
    bucket = f"lake-{uuid4().hex}"
    place = {"LocationConstraint": "eu-west-3"}
    cloud.target().client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    return ConditionalStore.at(f"s3://{bucket}/models/pca", StoreSettings("eu-west-3", endpoint=cloud.endpoint))


@pytest.fixture
def memory() -> ConditionalStore:
    return ConditionalStore(MemoryStore())


def card(sequence_number: int, run: str = "r") -> ModelCard:
    version = models.version_name(sequence_number, run.ljust(8, "0"))
    return ModelCard(
        version, "2026-11-24T12:00:00+00:00", "fruits.lake.photos", 7, sequence_number, "net", "a" * 64,
        n=10, width=8, k=2, mode="full", why="", rows_inserted=10, rows_deleted=0, left_out={}, settings={},
        explained=0.9, components_for={}, shares=[], notes=[], previous=None, drift=None, suggestions=None, matrix={},
        reduced="fruits.lake.reduced",
    )  # fmt: skip


def pointer(of: ModelCard) -> Pointer:
    digest = sha256(of.to_json())
    return Pointer(
        of.version, 0, of.sequence_number, of.snapshot_id, of.artifact_sha256, of.backbone, of.table, digest,
        of.reduced, 70 + of.sequence_number,
    )  # fmt: skip


def written(store: ModelStore, sequence_number: int, run: str = "r") -> Pointer:
    """A version that is whole, but for the pointer."""
    made = card(sequence_number, run)
    store.put(made.version, models.CARD, made.to_json())
    return pointer(made)


def at_once(*actions: Callable[[], Any]) -> None:
    threads = [Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_file_of_a_version_is_written_once_and_the_same_bytes_again_are_no_harm(objects: Objects) -> None:
    store = ModelStore(objects)
    store.put("v", "model.npz", b"1")
    store.put("v", "model.npz", b"1")

    with pytest.raises(GiveUp, match="a version never changes"):
        store.put("v", "model.npz", b"2")


def test_the_pointer_is_made_and_moves_and_counts(objects: Objects) -> None:
    store = ModelStore(objects)
    assert store.latest() is None

    for number in (3, 4, 4, 9):
        assert store.move_pointer(written(store, number, f"r{random.random()}"[:8]))

    found = store.latest()
    assert found is not None
    assert (found.pointer.sequence_number, found.pointer.generation) == (9, 4)
    assert found.card.sequence_number == 9


def test_the_pointer_does_not_move_back(objects: Objects) -> None:
    store = ModelStore(objects)
    store.move_pointer(written(store, 5))

    assert not store.move_pointer(written(store, 4))

    assert store.read_pointer().pointer.sequence_number == 5  # type: ignore[union-attr]


def test_two_refits_race_and_the_pointer_only_moves_forward(objects: Objects) -> None:
    store, draw, seen = ModelStore(objects), random.Random(3), []
    for turn in range(ROUNDS):
        pair = [written(store, turn + draw.randint(0, 3), f"{side}{turn}") for side in "ab"]
        won: list[Pointer] = []

        def move(mine: Pointer, won: list[Pointer] = won) -> None:
            if store.move_pointer(mine):
                won.append(mine)

        at_once(*(partial(move, mine) for mine in pair))

        found = store.read_pointer()
        assert found is not None
        seen.append((found.pointer.sequence_number, found.pointer.generation))
        assert found.pointer.sequence_number >= max(one.sequence_number for one in pair)
        assert {one.version for one in won} <= {one.version for one in pair}

    assert seen == sorted(seen)


class InStep:
    """`Objects` that lets two movers read the pointer before either writes, and the newer one write first."""

    def __init__(self, inner: Objects, newer: int, keep_conditions: bool = True) -> None:
        self._inner, self._newer, self._conditions = inner, newer, keep_conditions
        self._read, self._wrote = Barrier(2, timeout=120), Barrier(2, timeout=120)

    def get(self, key: str) -> Stored | None:
        return self._inner.get(key)

    def names(self, prefix: str) -> list[str]:
        return self._inner.names(prefix)

    def create(self, key: str, data: bytes) -> bool:
        return self._inner.create(key, data)

    def swap(self, key: str, data: bytes, etag: str | None) -> bool:
        newer = models.decode(data).sequence_number == self._newer
        self._read.wait()
        if not newer:
            self._wrote.wait()
        try:
            if self._conditions:
                return self._inner.swap(key, data, etag)
            now = self._inner.get(key)
            return self._inner.swap(key, data, None if now is None else now.etag)
        finally:
            if newer:
                self._wrote.wait()


def raced(objects: Objects, keep_conditions: bool) -> int:
    plain = ModelStore(objects)
    plain.move_pointer(written(plain, 1))
    older, newer = written(plain, 2), written(plain, 3)
    store = ModelStore(InStep(objects, 3, keep_conditions))
    at_once(lambda: store.move_pointer(older), lambda: store.move_pointer(newer))
    found = plain.read_pointer()
    assert found is not None
    return found.pointer.sequence_number


def test_an_older_refit_that_writes_last_is_superseded(objects: Objects) -> None:
    assert raced(objects, keep_conditions=True) == 3


def test_red_twin_without_the_condition_the_pointer_moves_back(memory: ConditionalStore) -> None:
    assert raced(memory, keep_conditions=False) == 2


def test_a_move_whose_answer_was_lost_is_known_as_our_own(memory: ConditionalStore) -> None:
    class Deaf(InStep):
        def swap(self, key: str, data: bytes, etag: str | None) -> bool:
            self._inner.swap(key, data, etag)
            return False

    store = ModelStore(memory)
    mine = written(store, 2)

    assert ModelStore(Deaf(memory, 0)).move_pointer(mine)

    assert store.read_pointer().pointer.generation == 1  # type: ignore[union-attr]


def test_a_pointer_that_others_move_all_the_time_is_to_be_tried_later(memory: ConditionalStore) -> None:
    class Busy(InStep):
        def swap(self, *_: object) -> bool:
            return False

    store = ModelStore(memory)
    mine = written(store, 2)

    with pytest.raises(RetryLater, match="moved by others"):
        ModelStore(Busy(memory, 0)).move_pointer(mine)


def test_what_has_no_card_is_no_version(memory: ConditionalStore) -> None:
    store = ModelStore(memory)
    store.put("00000001-r", models.MODEL, b"1")
    assert store.versions() == []

    with pytest.raises(GiveUp, match="has no card"):
        store.move_pointer(pointer(card(1)))


def test_a_damaged_file_card_or_pointer_is_refused_by_name(memory: ConditionalStore) -> None:
    store = ModelStore(memory)
    publish_one(store, 1)
    found = store.latest()
    assert found is not None
    assert found.read(models.MODEL) == b"model 1"
    with pytest.raises(GiveUp, match=r"has no drift\.json"):
        found.read("drift.json")

    for key in (f"{found.pointer.version}/{models.MODEL}", f"{found.pointer.version}/{models.CARD}", models.POINTER):
        stored = memory.get(key)
        assert stored is not None
        memory.swap(key, stored.data[:-9] + b"x" + stored.data[-8:], stored.etag)
        with pytest.raises(GiveUp):
            (store.latest() or found).read(models.MODEL)
        damaged = memory.get(key)
        assert damaged is not None
        memory.swap(key, stored.data, damaged.etag)
    assert (store.latest() or found).read(models.MODEL) == b"model 1"


def publish_one(store: ModelStore, number: int, run: str = "r", show: Callable[[Staged], bool] | None = None) -> bool:
    files = {models.MODEL: f"model {number}".encode(), models.STATE: b"state"}
    staged = Staged("fruits.lake.reduced", "b", 70 + number, number, 10)
    return publish(store, card(number, run), files, staged, show or (lambda _: True))


def crashes() -> Iterator[tuple[int, bool]]:
    # Two files, the card, the pointer.
    for write in (1, 2, 3, 4):
        yield write, False
        yield write, True


@pytest.mark.parametrize(("write", "after"), list(crashes()))
def test_a_crash_at_any_write_leaves_the_whole_old_or_the_whole_new_model_and_a_rerun_succeeds(
    memory: ConditionalStore, write: int, after: bool
) -> None:
    store = ModelStore(memory)
    publish_one(store, 1)
    failing = FailingObjects(memory, at=write, after=after)

    with pytest.raises(CrashError):
        publish_one(ModelStore(failing), 2)

    found = store.latest()
    assert found is not None
    number = 2 if (write, after) == (4, True) else 1
    assert (found.card.sequence_number, found.read(models.MODEL)) == (number, f"model {number}".encode())
    assert found.pointer.reduced_snapshot_id == 70 + number
    assert len(failing.writes) == write

    assert publish_one(store, 2, "again")
    again = store.latest()
    assert again is not None
    assert (again.card.version, again.read(models.MODEL)) == ("00000002-again000", b"model 2")


def test_a_crash_while_the_table_is_switched_leaves_the_old_model(memory: ConditionalStore) -> None:
    store = ModelStore(memory)
    publish_one(store, 1)

    def crash(_: Staged) -> bool:
        raise CrashError

    with pytest.raises(CrashError):
        publish_one(store, 2, show=crash)

    assert store.read_pointer().pointer.sequence_number == 1  # type: ignore[union-attr]


def test_where_the_table_shows_a_newer_model_the_pointer_stays(memory: ConditionalStore) -> None:
    store = ModelStore(memory)
    publish_one(store, 1)

    assert not publish_one(store, 2, show=lambda _: False)

    assert store.read_pointer().pointer.sequence_number == 1  # type: ignore[union-attr]


def test_versions_are_listed_oldest_first(objects: Objects) -> None:
    store = ModelStore(objects)
    for number in (10, 9, 100):
        publish_one(store, number)
    store.put("00000011-half0000", models.MODEL, b"1")

    assert store.versions() == ["00000009-r0000000", "00000010-r0000000", "00000100-r0000000"]


@pytest.mark.usefixtures("aws_keys")
def test_a_store_that_does_not_answer_is_to_be_tried_later() -> None:
    nowhere = StoreSettings("eu-west-3", endpoint="http://127.0.0.1:1", attempts=1)

    with pytest.raises(RetryLater, match=r"latest\.json: unavailable"):
        ModelStore.at("s3://lake/models/pca", nowhere).latest()


def test_fields_of_a_later_release_are_passed_over() -> None:
    data = models.encode(pointer(card(1))).replace(b"{", b'{"new": 1,', 1)

    assert models.decode(data) == replace(pointer(card(1)))
