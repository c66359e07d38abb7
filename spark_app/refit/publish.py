"""Make a version of a model: project, try the suggestions on held-out photos, draw, write the card, publish."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import SparkSession

from contracts import models
from contracts.errors import GiveUp
from spark_app.lake import reduced
from spark_app.models import pictures, publication
from spark_app.models.card import ModelCard, settings_of, shares_of
from spark_app.models.store import ModelStore, Published
from spark_app.pca import calibration, classify, moments_state
from spark_app.pca.drift import Drift
from spark_app.pca.fit import FitSettings, Model, encode_model
from spark_app.refit import measure as refit
from spark_app.refit import projection
from spark_app.refit.held_out import HeldOut, held_out, unlabelled
from spark_app.refit.measure import Measured
from spark_app.refit.plan import Target
from spark_app.refit.projection import Place

Rows = npt.NDArray[np.float32]
Timed = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Draft:
    """All that a version is made of, but for what its matrix shows."""

    version: str
    target: Target
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
class Made:
    """A version, and whether the pointer moved to it."""

    card: ModelCard
    model: Model
    published: bool


def same_settings(card: ModelCard, settings: FitSettings) -> bool:
    """Return whether a version was fitted with these settings."""
    return card.settings == settings_of(settings)


def make(spark: SparkSession, draft: Draft, store: ModelStore, table: str, place: Place, timed: Timed) -> Made:
    """Make the version and publish it.

    Raises:
        RetryLater, GiveUp: readers still see the old model.
    """
    rows = refit.rows_of(spark, draft.target)
    with timed("project"):
        reduced.ensure_reduced(spark, table)
        slots = spark.sparkContext.defaultParallelism
        matrix = projection.projected(rows, draft.model, draft.version, place, slots)
        staged = reduced.stage(matrix, table, draft.version, draft.target.sequence_number)
        if staged.rows != draft.model.count:
            raise GiveUp(f"{staged.rows} rows were projected, {draft.model.count} were fitted: this is a fault of ours")
    with timed("suggest"):
        seen = reduced.staged_rows(spark, staged)
        tried = held_out(seen, rows)
        suggestions, classifier = _suggestions(draft, tried)
    with timed("pictures"):
        points = tried.coordinates if tried.labels else unlabelled(seen)
        files = {**classifier, **_files(draft), **_pictures(draft, points, tried.labels)}
    with timed("publish"):
        card = _card(draft, store, table, suggestions)
        published = publication.publish(store, card, files, staged, lambda rows: reduced.publish(spark, rows))
        if not published:
            reduced.drop(spark, staged)
    return Made(card, draft.model, published)


def _suggestions(draft: Draft, tried: HeldOut) -> tuple[dict[str, Any] | None, dict[str, bytes]]:
    """Return what the card says of the suggestions, and the classifier's file; None and no file without labels."""
    if not tried.labels:
        return None, {}
    found = calibration.calibrate(tried.coordinates, tried.labels, calibration.halves(tried.coordinates, tried.labels))
    classifier = classify.build(
        draft.model,
        draft.measured.state.classes,
        found.threshold,
        draft.version,
        draft.target.artifact_sha256,
        classify.whitening(tried.coordinates, tried.labels),
    )
    told = {**asdict(found), "classes": len(classifier.labels)}
    return told, {models.CLASSIFIER: classify.encode(classifier)}


def _files(draft: Draft) -> dict[str, bytes]:
    told = {"previous": draft.previous, **(draft.drift.to_dict() if draft.drift else {})}
    return {
        models.MODEL: encode_model(draft.model),
        models.STATE: moments_state.encode(draft.measured.state),
        models.DRIFT: json.dumps(told, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n",
    }


def _pictures(draft: Draft, points: Rows, labels: list[str]) -> dict[str, bytes]:
    return {
        models.SCREE_PICTURE: pictures.scree(draft.model),
        models.COMPONENTS_PICTURE: pictures.components(points, labels, draft.version),
        models.DRIFT_PICTURE: pictures.moved(draft.drift, draft.previous),
    }


def _card(draft: Draft, store: ModelStore, table: str, suggestions: dict[str, Any] | None) -> ModelCard:
    target, measured, model = draft.target, draft.measured, draft.model
    parts = store.objects.names(f"{draft.version}/{models.MATRIX}/")
    return ModelCard(
        version=draft.version,
        created_at=draft.started.isoformat(),
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
        left_out=draft.left_out,
        settings=settings_of(draft.settings),
        notes=list(model.notes),
        previous=draft.previous,
        drift=draft.drift.to_dict() if draft.drift else None,
        suggestions=suggestions,
        matrix={"rows": model.count, "files": [name.removeprefix(f"{draft.version}/") for name in parts]},
        reduced=table,
        **shares_of(model),
    )
