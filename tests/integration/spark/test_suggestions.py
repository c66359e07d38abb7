"""Suggestions for a batch's photos on real Spark: the nearest classes, an honest unknown, and never a photo lost."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pyspark.sql import DataFrame, SparkSession

from contracts import models
from contracts.models import Pointer
from contracts.photos.results import Result, Suggestion
from spark_app import extract_job
from spark_app.extract.suggestions import with_suggestions
from spark_app.lake import tables
from spark_app.models.card import ModelCard
from spark_app.models.store import ModelStore, sha256
from spark_app.pca import classify
from spark_app.pca.classify import Classifier
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.gallery import ARTIFACT, Gallery
from tests.integration.spark.lake import Lake, some_photos

TRIED: dict[str, Any] | None = {"photos": 40}
VERSION = "00000007-0a1b2c3d"
LABELS = ("Apple", "Kiwi", "Lemon", "Pear")


def classifier(width: int = 8, artifact: str = ARTIFACT, threshold: float = 0.9) -> Classifier:
    """Made by hand: the mean of all photos is 1 everywhere, and label n lies in the direction of feature n."""
    components = np.eye(len(LABELS), width)
    centroids = np.eye(len(LABELS), dtype=np.float32)
    return Classifier(VERSION, artifact, np.ones(width), np.ones(width), components, LABELS, centroids, threshold)


def card(artifact: str, files: dict[str, bytes], told: dict[str, Any] | None) -> ModelCard:
    fields: dict[str, Any] = dict.fromkeys(ModelCard.__dataclass_fields__, 0)
    fields |= {"version": VERSION, "artifact_sha256": artifact, "suggestions": told}
    return ModelCard(**{**fields, "files": {name: sha256(data) for name, data in files.items()}})


def published(folder: Path, made: Classifier, told: dict[str, Any] | None = TRIED) -> Path:
    """Publish a version with nothing in it but the classifier."""
    store = ModelStore.at(str(folder), StoreSettings())
    files = {models.CLASSIFIER: classify.encode(made)}
    for name, data in files.items():
        store.put(VERSION, name, data)
    whole = card(made.artifact_sha256, files, told).to_json()
    store.put(VERSION, models.CARD, whole)
    pointer = Pointer(VERSION, 0, 7, 1, made.artifact_sha256, "test", "t", sha256(whole), "r", 1)
    assert store.move_pointer(pointer)
    return folder


ROWS: dict[str, list[float]] = {
    "b-0000": [1, 2, 1, 1, 1, 1, 1, 1],  # straight along feature 1
    "b-0001": [2, 1.5, 1, 0, 1, 1, 1, 1],  # nearest Apple, but not near
    "b-0003": [1, 1, 1, 1, 1, 1, 1, 1],  # the mean itself: no direction at all
}


@pytest.fixture(scope="module")
def batch(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    gallery = Gallery(spark, tmp_path_factory.mktemp("gallery"))
    rows: list[list[float] | None] = [ROWS["b-0000"], ROWS["b-0001"], None, ROWS["b-0003"]]
    gallery.put("another", [[9.0] * 8])
    snapshot = gallery.put("b", rows)
    return tables.batch_at(spark, gallery.table, "b", snapshot)


def suggested(batch: DataFrame, folder: Path, artifact: str = ARTIFACT) -> tuple[dict[str, Result], dict[str, Any]]:
    found, report = with_suggestions(tables.results_of(batch), lambda: batch, str(folder), StoreSettings(), artifact)
    return {result.photo_id: result for result in found}, report


def test_the_three_nearest_classes_come_best_first_with_their_cosines_and_the_model_s_version(
    batch: DataFrame, tmp_path: Path
) -> None:
    found, report = suggested(batch, published(tmp_path, classifier()))

    # (1, 0.5, 0, -1) has length 1.5.
    assert found["b-0001"].suggestions == (
        Suggestion("Apple", 0.666667), Suggestion("Kiwi", 0.333333), Suggestion("Lemon", 0.0),
    )  # fmt: skip
    assert found["b-0000"].suggestions[0] == Suggestion("Kiwi", 1.0)
    assert {found[one].model_version for one in ROWS} == {VERSION}
    assert report == {"model_version": VERSION, "known": 1, "unknown": 2}


def test_what_is_less_similar_than_the_threshold_is_unknown_and_red_twin_a_lower_threshold_knows_it(
    batch: DataFrame, tmp_path: Path
) -> None:
    strict, _ = suggested(batch, published(tmp_path / "strict", classifier(threshold=0.9)))
    easy, _ = suggested(batch, published(tmp_path / "easy", classifier(threshold=0.6)))

    assert [strict[one].known for one in ROWS] == [True, False, False]
    assert [easy[one].known for one in ROWS] == [True, True, False]


def test_a_rejected_photo_gets_no_suggestions_and_none_of_another_batch_appears(
    batch: DataFrame, tmp_path: Path
) -> None:
    found, report = suggested(batch, published(tmp_path, classifier()))

    assert report["known"] + report["unknown"] == len(ROWS)
    assert found.keys() == {*ROWS, "b-0002"}
    assert found["b-0002"] == Result("b-0002", "corrupt")


def test_spark_says_what_the_classifier_says_of_the_same_rows(batch: DataFrame, tmp_path: Path) -> None:
    made = replace(classifier(), centroids=_unit(np.random.default_rng(1).normal(size=(4, 4))))

    found, _ = suggested(batch, published(tmp_path, made))

    places, similarities = made.suggest(np.array(list(ROWS.values()), np.float32))
    for name, place, similarity in zip(ROWS, places, similarities, strict=True):
        assert [one.label for one in found[name].suggestions] == [LABELS[index] for index in place]
        np.testing.assert_allclose([one.similarity for one in found[name].suggestions], similarity, atol=1e-6)


def _unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_a_classifier_of_fewer_than_three_classes_suggests_fewer_and_of_none_nothing_is_known(
    batch: DataFrame, tmp_path: Path
) -> None:
    two = replace(classifier(), labels=LABELS[:2], centroids=np.eye(2, 4, dtype=np.float32))
    none = replace(classifier(), labels=(), centroids=np.empty((0, 4), np.float32))

    found, _ = suggested(batch, published(tmp_path / "two", two))
    nothing, report = suggested(batch, published(tmp_path / "none", none))

    assert [one.label for one in found["b-0001"].suggestions] == ["Apple", "Kiwi"]
    assert (nothing["b-0001"].suggestions, nothing["b-0001"].known) == ((), False)
    assert report == {"model_version": VERSION, "known": 0, "unknown": 3}


def truncated(folder: Path) -> None:
    file = folder / VERSION / models.CLASSIFIER
    file.write_bytes(file.read_bytes()[:-100])


def flipped(folder: Path) -> None:
    file = folder / VERSION / models.CLASSIFIER
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def without_classifier(folder: Path) -> None:
    (folder / VERSION / models.CLASSIFIER).unlink()


def without_card(folder: Path) -> None:
    (folder / VERSION / models.CARD).unlink()


def senseless_pointer(folder: Path) -> None:
    (folder / models.POINTER).write_bytes(b"{")


@pytest.mark.parametrize("damage", [truncated, flipped, without_classifier, without_card, senseless_pointer])
def test_a_broken_model_costs_the_suggestions_and_no_photo_and_is_named(
    batch: DataFrame, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(published(tmp_path, classifier()))

    found, report = suggested(batch, tmp_path)

    assert list(found.values()) == tables.results_of(batch)
    assert report["left_out"] == "model_unreadable"
    assert report["error"].startswith("GiveUp: ")


def test_with_no_model_another_artifact_s_or_one_without_labels_the_results_are_plain_and_say_why(
    batch: DataFrame, tmp_path: Path
) -> None:
    other = published(tmp_path / "other", classifier(artifact="b" * 64))
    unnamed = published(tmp_path / "unnamed", classifier(), None)
    untried = published(tmp_path / "untried", classifier(), {"photos": 0})

    assert suggested(batch, tmp_path / "nowhere")[1] == {"left_out": "no_model"}
    assert suggested(batch, other)[1] == {"left_out": "other_artifact"}
    assert suggested(batch, unnamed)[1] == {"left_out": "no_labels"}
    assert suggested(batch, untried)[1] == {"left_out": "not_calibrated"}
    for folder in (other, unnamed, untried):
        assert list(suggested(batch, folder)[0].values()) == tables.results_of(batch)


def test_a_model_of_another_width_costs_the_suggestions_only(batch: DataFrame, tmp_path: Path) -> None:
    found, report = suggested(batch, published(tmp_path, classifier(width=9)))

    assert list(found.values()) == tables.results_of(batch)
    assert report["left_out"] == "failed"


def test_a_store_that_does_not_answer_costs_the_suggestions_only(batch: DataFrame) -> None:
    settings = StoreSettings("eu-west-3", endpoint="http://127.0.0.1:1", attempts=1, timeout_seconds=1.0)

    found, report = with_suggestions(
        tables.results_of(batch), lambda: batch, "s3://lake/models/pca", settings, ARTIFACT
    )

    assert found == tables.results_of(batch)
    assert report["left_out"] == "model_unreadable"


def test_the_extract_job_writes_the_suggestions_of_the_latest_model_and_reports_them(
    lake: Lake, tmp_path: Path
) -> None:
    photos = [*some_photos(lake, 6), lake.put("uploads/o1/9/broken.jpg", b"no photo")]
    lake.models = str(tmp_path / "models")
    plain = lake.run(photos, results=True)
    before = lake.results()
    made = classifier(1280, plain.artifact_sha256, threshold=-1.0)
    published(tmp_path / "models", made)

    report = lake.run(photos, results=True)

    assert plain.suggestions == {"left_out": "no_model"}
    assert report.suggestions == {"model_version": VERSION, "known": 6, "unknown": 0}
    assert [replace(one, suggestions=(), known=None, model_version=None) for one in lake.results()] == before
    told = {one.photo_id: len(one.suggestions) for one in lake.results() if one.outcome == "features"}
    assert set(told.values()) == {3}
    assert len(told) == 6


def test_a_job_without_the_argument_looks_for_no_model(lake: Lake) -> None:
    report = lake.run(some_photos(lake, 1), results=True)

    assert report.suggestions is None
    assert "suggest" not in report.seconds
    needed = ["--manifest", "m", "--table", "a.b.c", "--artifact", "a"]
    assert extract_job.parse(needed).models is None
    assert extract_job.parse([*needed, "--models", "s3://lake/models/pca"]).models == "s3://lake/models/pca"
