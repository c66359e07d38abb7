"""Refits beside writers and beside each other: one whole model, of the newest snapshot."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from contracts import models
from contracts.errors import RetryLater
from spark_app.lake import reduced, tables
from spark_app.lake.changes import INSERTED
from spark_app.models.store import ModelStore
from spark_app.pca import moments_state
from spark_app.refit.feature_pass import add_up
from spark_app.refit.reading import RowsBySpark
from spark_app.stores.conditional_store import Objects
from tests.integration.spark.gallery import Gallery, assert_same_moments, latest, some_features


class Hooked:
    """`Objects` around another that calls something before each read of the pointer, and on each write."""

    def __init__(self, inner: Objects, hook: Callable[[str], None]) -> None:
        self._inner, self._hook = inner, hook

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def hooked(key: str, *more: Any) -> Any:
            self._hook(f"{name} {key}")
            return method(key, *more)

        return hooked


def test_twenty_appends_that_land_during_a_refit_change_nothing(gallery: Gallery) -> None:
    pinned = gallery.put("b", some_features(1, 60))
    landed: list[int] = []

    def append(_: str) -> None:
        while len(landed) < 20:  # the pointer is first read when the snapshot is pinned
            landed.append(gallery.put(f"late{len(landed)}", some_features(50 + len(landed), 3)))

    report = gallery.refit(ModelStore(Hooked(gallery.store.objects, append)))

    assert len(landed) == 20
    assert (report.snapshot_id, report.n, len(gallery.matrix())) == (pinned, 60, 60)
    state = moments_state.decode(latest(gallery).read(models.STATE))
    assert_same_moments(state.moments, gallery.expected(pinned), 1e-12)
    unpinned = RowsBySpark(gallery.spark.table(gallery.table), 2)  # the red twin
    assert add_up(unpinned, INSERTED)[INSERTED].moments.count == 120


def test_a_refit_of_an_older_snapshot_that_ends_last_is_superseded_and_shows_nothing(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 40))
    newer: list[str | None] = []

    def overtake(call: str) -> None:
        if call.endswith(models.CARD) and call.startswith("create") and not newer:
            newer.append(None)
            gallery.put("c", some_features(2, 10))
            newer[0] = gallery.refit().version

    late = gallery.refit(ModelStore(Hooked(gallery.store.objects, overtake)))

    assert late.outcome == "superseded"
    assert latest(gallery).pointer.version == newer[0]
    assert {row.model_version for row in gallery.spark.table(gallery.reduced).collect()} == {newer[0]}
    assert branches(gallery) == ["main"]


def branches(gallery: Gallery) -> list[str]:
    return sorted(row["name"] for row in gallery.spark.table(f"{gallery.reduced}.refs").collect())


def test_where_a_newer_model_is_there_already_nothing_is_read(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 40))
    gallery.refit()
    found = gallery.store.read_pointer()
    assert found is not None
    ahead = replace(found.pointer, sequence_number=99)
    gallery.store.objects.swap(models.POINTER, models.encode(ahead), found.etag)

    assert gallery.refit(full=True).outcome == "superseded"


def test_two_refits_at_once_leave_one_whole_model(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 40))
    gallery.refit()
    gallery.put("c", some_features(2, 20))
    together, outcomes = Barrier(2, timeout=120), []

    def attempt() -> None:
        met: list[str] = []

        def meet(call: str) -> None:
            if call.endswith(models.CARD) and call.startswith("create") and not met:
                met.append(call)
                with suppress(BrokenBarrierError):
                    together.wait()

        try:
            outcomes.append(gallery.refit(ModelStore(Hooked(gallery.store.objects, meet))).outcome)
        except RetryLater:
            outcomes.append("later")
        finally:
            together.abort()  # one that lost before they met must not keep the other waiting

    threads = [Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "done" in outcomes
    assert set(outcomes) <= {"done", "superseded", "later"}
    found = latest(gallery)
    assert found.card.n == 60
    rows = tables.rows_at(gallery.spark, gallery.reduced, found.pointer.reduced_snapshot_id).collect()
    assert {row.model_version for row in rows} == {found.pointer.version}


class _Losing:
    """A table whose every commit of branches loses."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_: self

    def commit(self) -> None:
        raise PySparkException(
            "org.apache.iceberg.exceptions.CommitFailedException: Table metadata refresh is required"
        )


def test_staging_that_loses_against_another_refit_is_to_be_tried_again(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 10))
    gallery.refit()

    with pytest.raises(RetryLater, match="while a model's rows were staged"):
        reduced.stage(gallery.spark, [], gallery.reduced, "00000009-0a1b2c3d", 9, load=lambda *_: _Losing())


def test_a_commit_between_the_check_and_the_switch_refuses_the_switch(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 10))
    gallery.refit()
    loaded = tables.iceberg(gallery.spark, gallery.reduced)
    switch = loaded.manageSnapshots()
    current = loaded.currentSnapshot().snapshotId()
    gallery.spark.sql(f"DELETE FROM {gallery.reduced} WHERE photo_id = 'b-0000'")  # noqa: S608

    with pytest.raises(Py4JJavaError) as refused:
        switch.replaceBranch("main", current).createBranch("x", current).commit()

    assert any(name in str(refused.value) for name in tables.RETRYABLE)
