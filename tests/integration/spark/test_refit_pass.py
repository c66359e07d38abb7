"""The refit job's pass over the rows: which rows, full or by the changes, and what is refused."""

import json
from typing import Any

import numpy as np
import pytest

from contracts import models
from spark_app.pca import classify, moments_state
from spark_app.pca.fit import FitRefused, FitSettings, decode_model
from tests.integration.spark.gallery import (
    ARTIFACT,
    Gallery,
    assert_same_moments,
    latest,
    some_features,
    some_labels,
)

PNG = b"\x89PNG\r\n\x1a\n"


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
        *models.PICTURES,
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
