"""The refit job on real Spark and real Iceberg: which rows, full or by the changes, and what readers see."""

import io
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from contracts import models
from contracts.errors import GiveUp, RetryLater
from spark_app import refit_job
from spark_app.lake import changes, reduced, tables
from spark_app.lake.changes import INSERTED
from spark_app.models.store import ModelStore, Published
from spark_app.pca import classify, moments_state
from spark_app.pca.fit import FitRefused, FitSettings, decode_model
from spark_app.refit.feature_pass import add_up
from spark_app.refit.held_out import held_out
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.conditional_store import Objects
from tests.faults.failing_objects import CrashError, FailingObjects
from tests.spark.gallery import ARTIFACT, NOW, Gallery, assert_same_moments, some_features

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def gallery(spark: SparkSession, tmp_path: Path) -> Gallery:
    return Gallery(spark, tmp_path)


def latest(gallery: Gallery) -> Published:
    found = gallery.store.latest()
    assert found is not None
    return found


def some_labels(count: int) -> list[str]:
    return [["apple", "pear", "quince"][number % 3] for number in range(count)]


def separate_fruits(count: int) -> np.ndarray[Any, Any]:
    """Features whose label can be told: each fruit lies elsewhere."""
    shift = np.eye(8, dtype=np.float32)[np.arange(count) % 3] * 30
    return some_features(1, count) + shift


def test_the_first_refit_is_full_and_publishes_everything_the_card_names(gallery: Gallery) -> None:
    snapshot = gallery.put("b", separate_fruits(120), some_labels(120))

    report = gallery.refit()

    assert (report.outcome, report.mode, report.why) == ("done", "full", "there is no model yet")
    assert (report.n, report.snapshot_id, report.rows_inserted) == (120, snapshot, 120)
    found = latest(gallery)
    assert found.pointer.version == report.version
    assert set(found.card.files) == {
        models.MODEL, models.STATE, models.CLASSIFIER, models.DRIFT,
        models.SCREE_PICTURE, models.COMPONENTS_PICTURE, models.DRIFT_PICTURE,
    }  # fmt: skip
    for name in found.card.files:
        assert found.read(name).startswith(PNG) == name.endswith(".png")
    assert report.suggestions is not None
    assert report.suggestions["top1"] > 0.9
    assert (report.suggestions["photos"], report.suggestions["classes"]) == (120, 3)
    assert classify.decode(found.read(models.CLASSIFIER)).labels == ("apple", "pear", "quince")
    assert json.dumps(report.__dict__)


def test_the_model_is_the_pca_of_the_table_and_the_matrix_its_projection(gallery: Gallery) -> None:
    features = some_features(1, 90)
    gallery.put("b", features[:50])
    gallery.put("c", features[50:])

    report = gallery.refit(settings=FitSettings(k=3))

    model = decode_model(latest(gallery).read(models.MODEL))
    values = np.linalg.eigvalsh(np.cov(features.astype(np.float64), rowvar=False))[::-1]
    np.testing.assert_allclose(model.variances, values[:3], rtol=1e-9)
    expected = model.project(features)
    matrix = gallery.matrix()
    assert len(matrix) == 90
    np.testing.assert_allclose([matrix[f"b-{n:04d}"] for n in range(50)], expected[:50], atol=1e-5)
    assert {row.model_version for row in gallery.spark.table(gallery.reduced).collect()} == {report.version}


def test_the_second_refit_goes_by_the_changes_and_equals_a_full_one(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 400), some_labels(400))
    gallery.refit()
    gallery.put("c", some_features(2, 60), some_labels(60))
    gallery.delete("photo_id = 'b-0007'")
    gallery.compact()

    report = gallery.refit()

    assert (report.mode, report.rows_inserted, report.rows_deleted, report.n) == ("incremental", 60, 1, 459)
    state = moments_state.decode(latest(gallery).read(models.STATE))
    assert_same_moments(state.moments, gallery.expected())
    assert state.deleted_since_full == 1
    assert report.change is not None
    assert latest(gallery).card.drift is not None
    full = gallery.refit(full=True)
    assert (full.mode, full.why) == ("full", "asked for by --full")
    assert full.change == pytest.approx(0.0, abs=1e-7)


def test_nothing_that_came_or_went_makes_no_version(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 40))
    gallery.put("c", some_features(2, 40))
    first = gallery.refit()

    again = gallery.refit()
    gallery.compact()
    compacted = gallery.refit()

    assert [again.outcome, compacted.outcome] == ["unchanged", "unchanged"]
    assert {again.version, compacted.version} == {first.version}
    assert gallery.store.versions() == [first.version]
    other = gallery.refit(settings=FitSettings(k=2))
    assert (other.outcome, other.k) == ("done", 2)


def test_once_the_last_models_snapshot_has_expired_the_pass_is_full_and_says_so(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 40))
    gallery.refit()
    gallery.put("c", some_features(2, 10))
    gallery.forget_the_past()

    report = gallery.refit()

    assert report.mode == "full"
    assert "expired" in str(report.why)
    assert_same_moments(moments_state.decode(latest(gallery).read(models.STATE)).moments, gallery.expected(), 1e-12)


def test_deletions_above_one_percent_since_the_last_full_pass_ask_for_one(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 200))
    gallery.refit()
    modes = []
    for photo in (1, 2):
        gallery.delete(f"photo_id = 'b-000{photo}'")
        modes.append(gallery.refit().mode)

    assert modes == ["incremental", "full"]  # 1 of 200, then 2 of 199 in all
    assert moments_state.decode(latest(gallery).read(models.STATE)).deleted_since_full == 0


def test_rows_of_another_artifact_are_counted_and_left_out(gallery: Gallery) -> None:
    gallery.put("old", some_features(9, 30), artifact="b" * 64)
    gallery.put("b", some_features(1, 40), hours=1)

    report = gallery.refit()
    gallery.put("old2", some_features(8, 20), artifact="b" * 64)
    same = gallery.refit()

    assert (report.n, report.left_out, report.artifact_sha256) == (40, {"b" * 64: 30}, ARTIFACT)
    assert len(gallery.matrix()) == 40
    assert same.outcome == "unchanged"
    other = gallery.refit(artifact_sha256="b" * 64)
    assert (other.mode, other.n) == ("full", 50)
    assert "of artifact aaaaaaaaaaaa" in str(other.why)
    assert other.change is None


def test_a_damaged_state_is_said_and_a_full_pass_heals_it(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 40))
    version = gallery.refit().version
    file = gallery.models / str(version) / models.STATE
    file.write_bytes(file.read_bytes()[:-1])
    gallery.put("c", some_features(2, 10))

    report = gallery.refit()

    assert report.mode == "full"
    assert "cannot be used" in str(report.why)
    assert moments_state.decode(latest(gallery).read(models.STATE)).moments.count == 50


@pytest.mark.parametrize(("rows", "outcome"), [(0, "empty_table"), (1, "one_row")])
def test_too_few_rows_are_refused_by_name(gallery: Gallery, rows: int, outcome: str) -> None:
    if rows:
        gallery.put("b", some_features(1, rows))

    with pytest.raises(FitRefused) as refused:
        gallery.refit()

    assert refused.value.outcome == outcome
    assert gallery.store.latest() is None


def test_a_table_that_is_not_there_is_an_empty_one(gallery: Gallery) -> None:
    gallery.spark.sql(f"DROP TABLE {gallery.table}")

    with pytest.raises(FitRefused, match="run the extract job first"):
        gallery.refit()


def test_a_row_that_is_not_finite_is_refused_and_named(gallery: Gallery) -> None:
    features = some_features(1, 30)
    features[4, 2] = np.nan
    gallery.put("b", features)

    with pytest.raises(FitRefused, match="photo b-0004 has a feature that is NaN") as refused:
        gallery.refit()

    assert refused.value.outcome == "not_finite"


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
    unpinned = gallery.spark.table(gallery.table).withColumn("change", F.lit(INSERTED))  # the red twin
    assert add_up(unpinned, 2)[INSERTED].moments.count == 120


def matrix_files(gallery: Gallery, suffix: str) -> list[Path]:
    return sorted((gallery.models / latest(gallery).pointer.version / models.MATRIX).glob(f"*.{suffix}"))


def test_the_matrix_opens_in_pandas_with_labels_of_any_characters(gallery: Gallery) -> None:
    odd = ["plain", "a,b", 'say "hi"', "two\nlines", "crlf\r\n", "açaí 🍎", "$x$", " ", "'", "None"]
    gallery.put("b", some_features(1, 100), odd * 10)

    report = gallery.refit(settings=FitSettings(k=4))

    files = matrix_files(gallery, "csv")
    frame = pd.concat([pd.read_csv(file, keep_default_na=False) for file in files])
    assert frame.shape == (100, 6)
    assert list(frame.columns) == ["photo_id", "label", "pc_1", "pc_2", "pc_3", "pc_4"]
    assert not frame.isna().to_numpy().any()
    by_id = frame.set_index("photo_id")
    assert [by_id.label[f"b-{n:04d}"] for n in range(10)] == odd
    matrix = gallery.matrix()
    for photo, row in by_id.iterrows():
        np.testing.assert_allclose(row.iloc[1:].astype(float), matrix[str(photo)], rtol=1e-6)
    head = files[0].read_bytes().split(b"\r\n")[0]
    assert head == b"photo_id,label,pc_1,pc_2,pc_3,pc_4"
    columns = pd.concat([pq.read_table(file).to_pandas() for file in matrix_files(gallery, "parquet")])
    pd.testing.assert_frame_equal(columns.set_index("photo_id").sort_index(), by_id.sort_index(), check_dtype=False)
    assert latest(gallery).card.matrix["rows"] == 100
    assert len(latest(gallery).card.matrix["files"]) == 2 * len(files)
    assert report.k == 4


def test_a_photo_without_label_has_an_empty_field_and_no_suggestions_come_of_it(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 20))

    report = gallery.refit()

    frame = pd.concat([pd.read_csv(file) for file in matrix_files(gallery, "csv")])
    assert frame.label.isna().all()
    assert not frame.drop(columns="label").isna().to_numpy().any()
    assert report.suggestions is None
    assert models.CLASSIFIER not in latest(gallery).card.files


def test_a_crash_while_publishing_leaves_the_old_or_the_new_model_with_the_matrix_that_belongs_to_it(
    gallery: Gallery,
) -> None:
    gallery.put("b", some_features(1, 40))
    gallery.refit()
    # Of the six files, the card and the pointer; the store alone is tried at each in tests/functional.
    for write, after in ((1, False), (7, False), (8, False), (8, True)):
        before = latest(gallery).pointer.version
        gallery.put(f"{write}{after}", some_features(2, 10))
        failing = FailingObjects(gallery.store.objects, at=write, after=after)

        with pytest.raises(CrashError):
            gallery.refit(ModelStore(failing))

        found = latest(gallery)
        assert (found.pointer.version == before) is not after
        snapshot = {"snapshot-id": str(found.pointer.reduced_snapshot_id)}
        rows = gallery.spark.read.options(**snapshot).table(found.pointer.reduced).collect()
        assert {row.model_version for row in rows} == {found.pointer.version}
        assert len(rows) == found.card.n
        shown = {row.model_version for row in gallery.spark.table(gallery.reduced).collect()}
        assert len(shown) == 1
        assert (shown == {before}) is (write < 8)

    again = gallery.refit(full=True)
    assert (again.outcome, latest(gallery).card.n) == ("done", 80)


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
    snapshot = {"snapshot-id": str(found.pointer.reduced_snapshot_id)}
    rows = gallery.spark.read.options(**snapshot).table(gallery.reduced).collect()
    assert {row.model_version for row in rows} == {found.pointer.version}


class _Losing:
    """A table whose every commit of branches loses."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_: self

    def commit(self) -> None:
        raise PySparkException(
            "org.apache.iceberg.exceptions.CommitFailedException: Table metadata refresh is required"
        )


def test_staging_that_loses_against_another_refit_is_to_be_tried_again(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery.put("b", some_features(1, 10))
    gallery.refit()
    monkeypatch.setattr(reduced, "iceberg", lambda *_: _Losing())

    with pytest.raises(RetryLater, match="while a model's rows were staged"):
        gallery.refit(full=True)


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


def test_photos_to_try_are_taken_evenly_over_labels_and_over_time(gallery: Gallery) -> None:
    labels = ["many"] * 90 + ["few"] * 9 + ["one"] + [None] * 5
    pinned = gallery.put("b", some_features(1, 105), labels)
    gallery.refit()
    rows = changes.rows_at(gallery.spark, gallery.table, pinned)

    chosen = held_out(gallery.spark.table(gallery.reduced), rows, limit=40)

    assert Counter(chosen.labels) == {"few": 9, "many": 20}
    assert len(chosen.coordinates) == 29


def test_a_reduced_table_with_other_columns_is_refused(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 10))
    gallery.spark.sql(f"CREATE TABLE {gallery.reduced} (photo_id string) USING iceberg")

    with pytest.raises(GiveUp, match="has other columns"):
        reduced.ensure_reduced(gallery.spark, gallery.reduced)


NEEDED = ["--table", "fruits.a.b", "--reduced", "fruits.a.c", "--models", "m"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--k", "0"], "no number from 1"),
        (["--variance", "1.5"], "no share of the variance"),
        (["--variance", "much"], "no share of the variance"),
        (["--k-min", "9", "--k-max", "3"], "--k-min 9 is more than --k-max 3"),
    ],
)
def test_wrong_arguments_say_what_is_expected(more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        refit_job.parse([*NEEDED, *more])

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_job_says_in_one_json_line_what_it_did_or_refused(
    gallery: Gallery, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--table", gallery.table, "--reduced", gallery.reduced, "--models", f"{gallery.models}/"]
    assert refit_job.main(argv) == 65
    refused = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (refused["outcome"], refused["refusal"], refused["exit_code"]) == ("GiveUp", "empty_table", 65)

    gallery.put("b", some_features(1, 10))
    assert refit_job.main([*argv, "--k", "2", "--standardize"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["outcome"], line["n"], line["k"]) == ("done", 10, 2)
    assert set(line["seconds"]) >= {"session", "plan", "measure", "fit", "project", "publish", "total"}
    scale = np.load(io.BytesIO(latest(gallery).read(models.MODEL)))["scale"]
    assert not np.allclose(scale, 1.0)


def test_a_bucket_of_a_folder_is_a_place_for_models_too(gallery: Gallery) -> None:
    (gallery.folder / "lake").mkdir()
    store = StoreSettings(folder=f"file://{gallery.folder}")
    gallery.put("b", some_features(1, 10))
    arguments = replace(gallery.arguments(), models="s3://lake/models/pca", store=store)

    report = refit_job.run(gallery.spark, arguments, ModelStore.at(arguments.models, store), "r" * 32, NOW)

    assert (gallery.folder / "lake/models/pca" / str(report.version) / models.CARD).exists()
    assert (gallery.folder / "lake/models/pca" / models.POINTER).exists()
