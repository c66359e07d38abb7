"""What a refit publishes: files, a matrix that anybody can open, and the old model or the new one, whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from contracts import models
from contracts.errors import GiveUp
from spark_app import refit_job
from spark_app.lake import reduced, tables
from spark_app.models.store import ModelStore
from spark_app.pca.fit import FitSettings
from spark_app.stores.buckets import StoreSettings
from tests.fakes.failing_objects import CrashError, FailingObjects
from tests.integration.spark.gallery import NOW, Gallery, latest, some_features


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
    # Of the six files, the card and the pointer; the store alone is tried at each in tests/integration/store.
    for write, after in ((1, False), (7, False), (8, False), (8, True)):
        before = latest(gallery).pointer.version
        gallery.put(f"{write}{after}", some_features(2, 10))
        failing = FailingObjects(gallery.store.objects, at=write, after=after)

        with pytest.raises(CrashError):
            gallery.refit(ModelStore(failing))

        found = latest(gallery)
        assert (found.pointer.version == before) is not after
        rows = tables.rows_at(gallery.spark, found.pointer.reduced, found.pointer.reduced_snapshot_id).collect()
        assert {row.model_version for row in rows} == {found.pointer.version}
        assert len(rows) == found.card.n
        shown = {row.model_version for row in gallery.spark.table(gallery.reduced).collect()}
        assert len(shown) == 1
        assert (shown == {before}) is (write < 8)

    again = gallery.refit(full=True)
    assert (again.outcome, latest(gallery).card.n) == ("done", 80)


def test_a_reduced_table_with_other_columns_is_refused(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 10))
    gallery.spark.sql(f"CREATE TABLE {gallery.reduced} (photo_id string) USING iceberg")

    with pytest.raises(GiveUp, match="has other columns"):
        reduced.ensure_reduced(gallery.spark, gallery.reduced)


def test_a_bucket_of_a_folder_is_a_place_for_models_too(gallery: Gallery) -> None:
    (gallery.folder / "lake").mkdir()
    store = StoreSettings(folder=f"file://{gallery.folder}")
    gallery.put("b", some_features(1, 10))
    arguments = replace(gallery.arguments(), models="s3://lake/models/pca", store=store)

    report = refit_job.run(gallery.spark, arguments, ModelStore.at(arguments.models, store), "r" * 32, NOW)

    assert (gallery.folder / "lake/models/pca" / str(report.version) / models.CARD).exists()
    assert (gallery.folder / "lake/models/pca" / models.POINTER).exists()
