"""Publish a fitted model as a version: project, try the suggestions on held-out photos, draw, write the card."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import SparkSession

from contracts import models
from contracts.errors import GiveUp
from spark_app.entry_point import Stopwatch
from spark_app.lake import reduced
from spark_app.lake.new_files import new_files
from spark_app.models import pictures, publication
from spark_app.models.card import ModelCard, settings_of, shares_of
from spark_app.models.store import ModelStore, Published
from spark_app.pca import calibration, classify, moments_state
from spark_app.pca.drift import Drift
from spark_app.pca.fit import FitSettings, Model, encode_model
from spark_app.refit import projection
from spark_app.refit.held_out import Sample, wanted
from spark_app.refit.measure import Measured
from spark_app.refit.part import ROWS, OutputLocation
from spark_app.refit.plan import FitTarget
from spark_app.refit.target_rows import TargetRows
from spark_app.stores.buckets import StoreSettings

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Candidate:
    """All that a version is made of, except its matrix and what follows from it."""

    version: str
    target: FitTarget
    measured: Measured
    model: Model
    drift: Drift | None
    latest: Published | None
    settings: FitSettings
    left_out: dict[str, int]
    started: datetime

    @property
    def previous(self) -> str | None:
        """The version that `drift` compares with."""
        return self.latest.pointer.version if self.latest is not None and self.drift is not None else None


@dataclass(frozen=True)
class PublishedModel:
    """A version that was written; `published` is False where a model of a newer snapshot came first."""

    card: ModelCard
    model: Model
    published: bool


def same_settings(card: ModelCard, settings: FitSettings) -> bool:
    """Return whether a version was fitted with these settings."""
    return card.settings == settings_of(settings)


def publish_version(
    spark: SparkSession,
    candidate: Candidate,
    rows: TargetRows,
    store: ModelStore,
    table: str,
    output: tuple[str, StoreSettings],
    stopwatch: Stopwatch,
) -> PublishedModel:
    """Write the version's files and publish it; its matrix goes to `table` and, as part files, to the URI in `output`.

    Raises:
        RetryLater, GiveUp: readers still see the old model.
    """
    with stopwatch.timed("project"):
        reduced.ensure_reduced(spark, table)
        tried = wanted(candidate.measured.state.classes, candidate.model.count)
        location = OutputLocation(*output, new_files(spark, table, candidate.version, ROWS))
        found = projection.projected(spark, rows.all(), candidate.model, candidate.version, location, tried)
        staged = reduced.stage(spark, found.files, table, candidate.version, candidate.target.sequence_number)
        if staged.rows != candidate.model.count:
            raise GiveUp(
                f"{staged.rows} rows were projected, {candidate.model.count} were fitted: this is a fault of ours"
            )
    with stopwatch.timed("suggest"):
        suggestions, classifier = _suggestions(candidate, found.sample)
    with stopwatch.timed("pictures"):
        made = {**classifier, **_files(candidate), **_pictures(candidate, found.sample)}
    with stopwatch.timed("publish"):
        card = _card(candidate, store, table, suggestions)
        published = publication.publish(store, card, made, staged, lambda rows: reduced.publish(spark, rows))
        if not published:
            reduced.drop(spark, staged)
    return PublishedModel(card, candidate.model, published)


def _suggestions(candidate: Candidate, tried: Sample) -> tuple[dict[str, Any] | None, dict[str, bytes]]:
    """Return the card's entry on the suggestions, and the classifier's file; None and no file without labels."""
    if not tried.labels:
        return None, {}
    found = calibration.calibrate(tried.coordinates, tried.labels, calibration.halves(tried.coordinates, tried.labels))
    classifier = classify.build(
        candidate.model,
        candidate.measured.state.classes,
        found.threshold,
        candidate.version,
        candidate.target.artifact_sha256,
        classify.whitening(tried.coordinates, tried.labels),
    )
    entry = {**asdict(found), "classes": len(classifier.labels)}
    return entry, {models.CLASSIFIER: classify.encode(classifier)}


def _files(candidate: Candidate) -> dict[str, bytes]:
    drift = {"previous": candidate.previous, **(candidate.drift.to_dict() if candidate.drift else {})}
    return {
        models.MODEL: encode_model(candidate.model),
        models.STATE: moments_state.encode(candidate.measured.state),
        models.DRIFT: json.dumps(drift, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n",
    }


def _pictures(candidate: Candidate, sample: Sample) -> dict[str, bytes]:
    return {
        models.SCREE_PICTURE: pictures.scree(candidate.model),
        models.COMPONENTS_PICTURE: pictures.components(sample.coordinates, sample.labels, candidate.version),
        models.DRIFT_PICTURE: pictures.moved(candidate.drift, candidate.previous),
    }


def _card(candidate: Candidate, store: ModelStore, table: str, suggestions: dict[str, Any] | None) -> ModelCard:
    target, measured, model = candidate.target, candidate.measured, candidate.model
    parts = store.objects.names(f"{candidate.version}/{models.MATRIX}/")
    return ModelCard(
        version=candidate.version,
        created_at=candidate.started.isoformat(),
        table=target.table,
        snapshot_id=target.snapshot_id,
        sequence_number=target.sequence_number,
        backbone=target.backbone,
        artifact_sha256=target.artifact_sha256,
        n=model.count,
        width=len(model.mean),
        k=len(model.variances),
        mode=measured.plan.mode.value,
        why=measured.plan.why,
        rows_inserted=measured.inserted,
        rows_deleted=measured.deleted,
        left_out=candidate.left_out,
        settings=settings_of(candidate.settings),
        notes=list(model.notes),
        previous=candidate.previous,
        drift=candidate.drift.to_dict() if candidate.drift else None,
        suggestions=suggestions,
        matrix={"rows": model.count, "files": [name.removeprefix(f"{candidate.version}/") for name in parts]},
        reduced=table,
        **shares_of(model),
    )
