"""Maintenance and the refit: its state, its snapshots and the matrix that readers are led to."""

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from contracts import models
from contracts.models import Pointer
from spark_app import maintain_job
from spark_app.lake import reduced, tables
from spark_app.lake.new_files import new_files
from spark_app.maintain_job import Arguments, TableReport
from spark_app.pca import moments_state
from spark_app.pca.moments import Moments
from spark_app.refit.part import ROWS, OutputLocation, Part
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.gallery import Gallery, assert_same_moments, some_features
from tests.integration.spark.upkeep import DAY, NOW, put, snapshots


def test_the_refit_goes_on_from_its_state_after_a_compaction_and_in_full_after_an_expiry(
    spark: SparkSession, tmp_path: Path
) -> None:
    gallery = Gallery(spark, tmp_path)
    gallery.put("b", some_features(1, 90), labels=["a", "b", "c"] * 30)
    put_split(gallery, "split", 40)
    fitted = gallery.refit()
    state = moments_of(gallery)

    compacted = maintained(gallery)
    unchanged = gallery.refit()
    gallery.put("late", some_features(9, 5), labels=["a"] * 5)
    late = gallery.refit()

    assert (compacted.batches_compacted, unchanged.outcome, unchanged.version) == (1, "unchanged", fitted.version)
    assert_same_moments(state, gallery.expected(fitted.snapshot_id))
    assert (late.mode, late.rows_inserted, late.n) == ("incremental", 5, 135)
    assert_same_moments(moments_of(gallery), gallery.expected())

    gallery.put("later", some_features(10, 5), labels=["b"] * 5)
    assert maintained(gallery, NOW + 30 * DAY).snapshots_expired > 0
    later = gallery.refit()

    assert (later.mode, later.n) == ("full", 140)
    assert_same_moments(moments_of(gallery), gallery.expected())
    assert gallery.matrix().keys() == {row.photo_id for row in spark.table(gallery.table).collect()}


def put_split(gallery: Gallery, batch: str, count: int) -> None:
    """A batch in several files."""
    gallery.put(batch, some_features(7, count), labels=["d"] * count)
    split = gallery.spark.table(gallery.table).where(f"batch_id = '{batch}'").repartition(3).localCheckpoint()
    since = tables.current_snapshot(gallery.spark, gallery.table)
    tables.replace_batch(split, gallery.table, batch, since, uuid4().hex)


def moments_of(gallery: Gallery) -> Moments:
    latest = gallery.store.latest()
    assert latest is not None
    return moments_state.decode(latest.read(models.STATE)).moments


def maintained(gallery: Gallery, now: datetime = NOW) -> TableReport:
    arguments = Arguments((gallery.table, gallery.reduced), StoreSettings(), str(gallery.models))
    return maintain_job.run(gallery.spark, arguments, now).tables[gallery.table]


def test_the_matrix_that_the_pointer_names_stays_readable_though_a_newer_one_replaced_it_long_ago(
    spark: SparkSession, table: str, tmp_path: Path
) -> None:
    put(spark, table, "b")
    matrix = table.replace("photos_", "reduced_")
    old, new = (shown(spark, matrix, number, tmp_path) for number in (1, 2))
    # As if the refit had died after it had switched the table, before it moved the pointer.
    pointer = Pointer("00000001-0a1b2c3d", 1, 1, 1, "a" * 64, "test", table, "c", matrix, old)
    (tmp_path / models.POINTER).write_bytes(models.encode(pointer))

    maintain_job.run(spark, Arguments((table, matrix), StoreSettings(), str(tmp_path)), NOW + 30 * DAY)
    kept = {row.model_version for row in tables.rows_at(spark, matrix, old).collect()}
    # Red twin: a maintenance that knows of no pointer.
    maintain_job.run(spark, Arguments((table, matrix), StoreSettings()), NOW + 30 * DAY)

    assert kept == {"00000001-0a1b2c3d"}
    assert snapshots(spark, matrix) == {new}


def shown(spark: SparkSession, matrix: str, number: int, folder: Path) -> int:
    """Publish a matrix of one row, and return its snapshot."""
    reduced.ensure_reduced(spark, matrix)
    version = f"{number:08d}-0a1b2c3d"
    where = OutputLocation(str(folder / "parts"), StoreSettings(), new_files(spark, matrix, version, ROWS))
    part = Part(where, "part-00000", 1, version)
    part.write(pa.RecordBatch.from_pydict({"photo_id": ["p"], "label": [None]}), np.ones((1, 1), np.float32))
    staged = reduced.stage(spark, [part.close()], matrix, version, number)
    assert reduced.publish(spark, staged)
    return staged.snapshot_id
