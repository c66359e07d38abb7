"""Suggestions of the latest published model for a batch's photos, from rows of the table to results.

Whatever is wrong with the model, the results come without suggestions and the report says why. The rows are committed
by then, so a classifier must not cost a photo its result.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from contracts import models
from contracts.photos.results import Result, Suggestion
from spark_app.lake.vectors import lists, matrix
from spark_app.models.store import ModelStore, Published
from spark_app.pca import classify
from spark_app.pca.classify import Classifier
from spark_app.stores.buckets import StoreSettings

DIGITS = 6
"""Digits of a similarity. A float32 has about seven, and the last one depends on the machine."""

_SPARK_SCHEMA = "photo_id string, places array<int>, similarities array<double>, known boolean"
_NAMES = ["photo_id", "places", "similarities", "known"]


Answered = dict[str, tuple[tuple[Suggestion, ...], bool]]
"""By `photo_id`: the suggestions, best first, and whether the best one reaches the threshold."""


class LeftOut(StrEnum):
    """Why results come without suggestions."""

    NO_MODEL = "no_model"
    OTHER_ARTIFACT = "other_artifact"
    """The model was fitted on features of another artifact than the run's own."""
    NO_LABELS = "no_labels"
    """The model has seen no labelled photos, so it has no classifier."""
    NOT_CALIBRATED = "not_calibrated"
    """No photo could be held out, so the threshold is unknown."""
    MODEL_UNREADABLE = "model_unreadable"
    FAILED = "failed"
    """The model is sound, but Spark could not apply it."""


def with_suggestions(
    found: list[Result], batch: Callable[[], DataFrame], uri: str, settings: StoreSettings, artifact_sha256: str
) -> tuple[list[Result], dict[str, Any]]:
    """Return a batch's results with the suggestions of the latest model below `uri`, and the report's entry on them.

    `batch` returns the batch's rows of the table; it is called where there is a model to apply. Never raises: without a
    usable model the results stay as they were.
    """
    try:
        chosen = usable(ModelStore.at(uri, settings), artifact_sha256)
        if isinstance(chosen, LeftOut):
            return found, {"left_out": chosen.value}
        classifier = classify.decode(chosen.read(models.CLASSIFIER))
    except Exception as error:  # noqa: BLE001  a boundary: see the module's docstring
        return found, _left_out(LeftOut.MODEL_UNREADABLE, error)
    try:
        answered = suggest(batch(), classifier)
    except Exception as error:  # noqa: BLE001  a boundary: see the module's docstring
        return found, _left_out(LeftOut.FAILED, error)
    known = sum(is_known for _, is_known in answered.values())
    report = {"model_version": classifier.version, "known": known, "unknown": len(answered) - known}
    return [_with(result, answered, classifier.version) for result in found], report


def _left_out(reason: LeftOut, error: Exception) -> dict[str, Any]:
    return {"left_out": reason.value, "error": f"{type(error).__name__}: {error}"[:500]}


def _with(result: Result, answered: Answered, version: str) -> Result:
    if result.photo_id not in answered:
        return result
    suggestions, known = answered[result.photo_id]
    return replace(result, suggestions=suggestions, known=known, model_version=version)


def usable(store: ModelStore, artifact_sha256: str) -> Published | LeftOut:
    """Return the latest model if it can suggest for features of this artifact, or why it cannot.

    Raises:
        RetryLater, GiveUp: the model cannot be read.
    """
    latest = store.latest()
    if latest is None:
        return LeftOut.NO_MODEL
    if latest.pointer.artifact_sha256 != artifact_sha256:
        return LeftOut.OTHER_ARTIFACT
    if latest.card.suggestions is None:
        return LeftOut.NO_LABELS
    return latest if latest.card.suggestions["photos"] else LeftOut.NOT_CALIBRATED


def suggest(batch: DataFrame, classifier: Classifier) -> Answered:
    """Run the classifier on each photo of `batch` that has features."""
    context = batch.sparkSession.sparkContext
    sent = context.broadcast(classify.encode(classifier))

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        received = classify.decode(sent.value)
        for rows in batches:
            if rows.num_rows:
                yield answers(rows, received)

    rows = batch.where("rejection IS NULL").select("photo_id", "features").coalesce(context.defaultParallelism)
    found = rows.mapInArrow(task, _SPARK_SCHEMA).collect()
    return {row.photo_id: (_named(row, classifier), row.known) for row in found}


def _named(row: Any, classifier: Classifier) -> tuple[Suggestion, ...]:
    pairs = zip(row.places, row.similarities, strict=True)
    return tuple(Suggestion(classifier.labels[place], similarity) for place, similarity in pairs)


def answers(rows: pa.RecordBatch, classifier: Classifier) -> pa.RecordBatch:
    """Return the answers to rows of `photo_id` and `features`: indices into the classifier's labels, and cosines."""
    places, similarities = classifier.suggest(matrix(rows.column("features")))
    known = pa.array(classifier.known(similarities))
    rounded = np.round(similarities.astype(np.float64), DIGITS) + 0.0  # + 0.0 turns -0.0 into 0.0
    columns = [rows.column("photo_id"), lists(places.astype(np.int32)), lists(rounded), known]
    return pa.RecordBatch.from_arrays(columns, names=_NAMES)
