"""The ten CloudWatch metrics, and what they are made of. Pure. docs/watching.md says why these ten.

CloudWatch gives ten custom metrics away; each further pair of a name and dimensions costs 0.30 USD a month. So all have
one dimension, the stage, and nothing else may be sent. All other numbers are in the log lines' `counts`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from chalicelib.domain.counts import Counts, EndingCount, MaintainCount, PhotoCount, RefitCount
from chalicelib.domain.records import Batch, Page
from chalicelib.domain.states import BatchState
from contracts.photos.rejections import Rejection

NAMESPACE = "Fruits"
DIMENSION = "stage"


class Metric(StrEnum):
    """The name of each metric that may be sent."""

    PHOTOS_WAITING = "photos_waiting"
    """Each minute: photos that wait for a batch. Once there are `BatchMax`, no further page is counted."""
    OLDEST_WAITING = "oldest_waiting_seconds"
    """Each minute: how long the oldest photo has waited for a run, in a batch or for one; 0 if none waits."""
    ROWS_FEATURES = "rows_features"
    """Rows with features, of batches that are done."""
    ROWS_REJECTED = "rows_rejected"
    """Rows with a rejection, of batches that are done."""
    UPLOAD_TO_ROW = "upload_to_row_seconds"
    """From upload to the settled row: of each batch a sample of at most `SAMPLE` photos."""
    RUN_SECONDS = "run_seconds"
    """Each minute: since when the oldest run at work was asked for; 0 if none is at work."""
    RUNS_FAILED = "runs_failed"
    """Runs that failed or gave up, and starts that were refused, of all jobs."""
    IN_QUARANTINE = "batches_in_quarantine"
    """Each minute: batches that wait for a person."""
    MODEL_BEHIND = "model_behind_hours"
    """Each hour: how long the table has had rows that the latest model was not fitted on; 0 if it knows all."""
    MONTH_COST = "month_cost_usd"
    """Each minute: what the month has cost so far."""


Values: TypeAlias = Mapping[Metric, Sequence[float]]
"""What one call sends: of each metric the values, in the order of `Metric`'s documentation."""

UNITS: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.PHOTOS_WAITING: "Count",
        Metric.OLDEST_WAITING: "Seconds",
        Metric.ROWS_FEATURES: "Count",
        Metric.ROWS_REJECTED: "Count",
        Metric.UPLOAD_TO_ROW: "Seconds",
        Metric.RUN_SECONDS: "Seconds",
        Metric.RUNS_FAILED: "Count",
        Metric.IN_QUARANTINE: "Count",
        Metric.MODEL_BEHIND: "None",
        Metric.MONTH_COST: "None",
    }
)
"""CloudWatch's units. It knows no hours and no dollars."""

SAMPLE = 100
"""The most values that CloudWatch's embedded metric format takes of one metric in one line."""

_FAILED = (
    EndingCount.RUNS_FAILED,
    EndingCount.RUNS_GAVE_UP,
    EndingCount.START_REFUSED,
    *(one for job in (RefitCount, MaintainCount) for one in (job.FAILED, job.START_REFUSED)),
)


def counted(counts: Counts) -> Values:
    """Return what a call's counts send. Rows of both kinds go together, so that their share can be told."""
    found: dict[Metric, Sequence[float]] = {}
    if counts[EndingCount.BATCHES_DONE]:
        found[Metric.ROWS_FEATURES] = [counts[PhotoCount("photos_features")]]
        found[Metric.ROWS_REJECTED] = [sum(counts[PhotoCount(f"photos_{code}")] for code in Rejection)]
    if failed := sum(counts[name] for name in _FAILED):
        found[Metric.RUNS_FAILED] = [failed]
    if counts.upload_to_row:
        found[Metric.UPLOAD_TO_ROW] = sample(counts.upload_to_row, SAMPLE)
    return found


def gauges(
    waiting: Sequence[Page], open_batches: Sequence[Batch], quarantined: int, cost: float, now: datetime
) -> Values:
    """Return what is measured each minute, zeros too: an alarm cannot tell a zero that is not sent from a failure.

    What is counted is there as a zero, which adds nothing to its sum: where the same call counts some, that is sent.
    `waiting`: pages without a batch. `open_batches`: those not at an end. `cost`: USD of this month.
    """
    running = [batch for batch in open_batches if batch.state is BatchState.RUNNING]
    photos = [photo for page in waiting for photo in page.photos]
    since = [photo.waiting_since for photo in photos]
    since += [batch.created_at for batch in open_batches if batch.state is not BatchState.RUNNING]
    return {
        Metric.PHOTOS_WAITING: [len(photos)],
        Metric.OLDEST_WAITING: [_seconds(since, now)],
        Metric.RUN_SECONDS: [_seconds([batch.run.started_at for batch in running], now)],
        Metric.IN_QUARANTINE: [quarantined],
        Metric.ROWS_FEATURES: [0],
        Metric.ROWS_REJECTED: [0],
        Metric.RUNS_FAILED: [0],
        Metric.MONTH_COST: [cost],
    }


def sample(values: Sequence[float], most: int) -> Sequence[float]:
    """Return at most so many of the values: the smallest, the largest, and equal steps of rank between them."""
    ordered = sorted(values)
    if len(ordered) <= most:
        return ordered
    return [ordered[round(step * (len(ordered) - 1) / (most - 1))] for step in range(most)]


def _seconds(since: Sequence[datetime], now: datetime) -> float:
    return max(0.0, (now - min(since, default=now)).total_seconds())
