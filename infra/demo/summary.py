"""The record of a demo, and its summary: the jobs, the events, the models and the suggestions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from chalicelib.domain.records import Batch
from contracts.jobs.names import Kind
from contracts.photos.manifest import photo_id
from infra.demo import suggestions
from infra.demo.held_back import scene
from infra.demo.suggestions import Answered
from infra.ops.costs import measured
from infra.ops.costs.bill import Bill
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import RunTimes
from infra.ops.tables import read_table
from infra.ops.uploads import Uploaded

Report = Mapping[str, Any]

EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """What the stack says at the end. `answered`: the photos that were uploaded when there was a model."""

    uploaded: Sequence[Uploaded]
    rows: pa.Table
    batches: Sequence[Batch]
    runs: Sequence[RunTimes]
    reports: Mapping[str, Report]
    committed: Mapping[str, datetime]
    collected: Counter[str]
    answered: Sequence[Answered]

    def of_kind(self, kind: Kind) -> list[RunTimes]:
        """Return the runs of a kind, the oldest first."""
        return [run for run in self.runs if run.kind is kind]

    def waits(self) -> list[float]:
        """Seconds from each upload to its row."""
        since = {identity(photo): photo.received_at for photo in self.uploaded}
        pairs = zip(self.rows["photo_id"].to_pylist(), self.rows["batch_id"].to_pylist(), strict=True)
        return [
            (self.committed[batch] - since[photo]).total_seconds()
            for photo, batch in pairs
            if photo in since and batch in self.committed
        ]


def identity(photo: Uploaded) -> str:
    """Return the name that an upload has in ledger and table."""
    return photo_id(photo.bucket, photo.key, photo.version_id)


def collect(pipeline: Pipeline, first: Sequence[Uploaded], later: Sequence[Uploaded]) -> DemoRecord:
    """Ask the stack for the record. `later` were uploaded when there was a model."""
    batches = pipeline.state().batches
    runs = pipeline.runs()
    committed = {batch.batch_id: pipeline.committed_at(batch) for batch in batches}
    table = f"{pipeline.stack.glue_database}.photos"
    done = [batch for batch in batches if committed[batch.batch_id] is not None]
    results = [result for batch in done for result in pipeline.results(batch)]
    return DemoRecord(
        uploaded=[*first, *later],
        rows=read_table(pipeline.target, table, ["photo_id", "batch_id", "label", "rejection", "features"]),
        batches=batches,
        runs=runs,
        reports={run.run_id: pipeline.report(run.run_id) for run in runs},
        committed={name: moment for name, moment in committed.items() if moment is not None},
        collected=pipeline.counts_of_collect(),
        answered=suggestions.answered(results, later),
    )


def bill_of(pipeline: Pipeline, now: datetime) -> Bill:
    """Return what the stack's runs, photos and calls would have cost on AWS so far."""
    return measured.month_bill(pipeline, f"{now:%Y-%m}", now)


def of_jobs(record: DemoRecord, fastest: float) -> dict[str, Any]:
    """Figures from the jobs' own reports. `images_per_second`: from first fetch to commit, over all runs."""
    reports = [record.reports[run.run_id] for run in record.of_kind(Kind.EXTRACT)]
    done = [report for report in reports if report.get("outcome") == "done"]
    work = sum(report["seconds"]["extract_and_commit"] for report in done)
    photos = sum(report["photos"] for report in done)
    rejections: Counter[str] = Counter()
    for report in done:
        rejections.update(report["rejections"])
    speed = photos / work if work else 0.0
    last = done[-1] if done else {}
    return {
        "photos": photos,
        "rows": len(record.rows),
        "features": sum(report["features"] for report in done),
        "rejections": dict(rejections),
        "images_per_second": round(speed, 1),
        "limit_images_per_second": round(fastest, 1),
        "share_of_limit": round(speed / fastest, 3),
        "snapshot_id": last.get("snapshot_id"),
        "backbone": last.get("backbone"),
        "artifact_sha256": last.get("artifact_sha256"),
    }


def of_events(record: DemoRecord) -> dict[str, Any]:
    """What became of the uploads. `lost`: photos without a row; `duplicated`: rows beyond the first of a photo."""
    wanted = {identity(photo) for photo in record.uploaded}
    found = record.rows["photo_id"].to_pylist()
    waits = sorted(record.waits())
    p50, p95, most = np.percentile(waits, [50, 95, 100]) if waits else (0.0, 0.0, 0.0)
    return {
        "uploads": len(record.uploaded),
        "events": sum(record.collected[name] for name in ("accepted", "duplicate")),
        "duplicates": record.collected["duplicate"],
        "batches": sum(batch.photos > 0 for batch in record.batches),
        "runs": _runs(record),
        "seconds_upload_to_row": {
            "p50": round(float(p50), 1),
            "p95": round(float(p95), 1),
            "max": round(float(most), 1),
        }
        if waits
        else {},
        "lost": len(wanted - set(found)),
        "duplicated": len(found) - len(set(found)),
    }


def _runs(record: DemoRecord) -> list[dict[str, Any]]:
    """The runs that turned photos into rows; `refits` holds those that fitted the model."""
    sizes = {batch.batch_id: batch.photos for batch in record.batches}
    return [
        {
            "id": run.run_id,
            "state": run.state,
            "photos": sizes.get(run.subject, 0),
            "seconds": run.seconds,
            "billed": dict(run.billed),
        }
        for run in record.of_kind(Kind.EXTRACT)
    ]


def of_models(record: DemoRecord) -> dict[str, Any]:
    """Figures of the refits (`pca`: the last one), and how good the suggestions for new photos were.

    `held_out`: the shares that the first model reached on photos held out of its own (`spark_app/pca/calibration.py`).
    `whole_scenes`: no photo of a film or scene that the model had seen was among the new ones.
    """
    refits = [_refit(run, record.reports[run.run_id]) for run in record.of_kind(Kind.REFIT)]
    used = refits[0]["suggestions"] if refits else None
    shown = ("n", "k", "explained_variance_95_k", "mode", "seconds", "version", "snapshot_id")
    return {
        "pca": {name: refits[-1][name] for name in shown} if refits else {},
        "refits": refits,
        "suggestions": {
            **suggestions.measured(record.answered),
            "whole_scenes": bool(record.answered) and all(scene(photo.source) for photo in record.answered),
            "held_out": used,
            "examples": _examples(record.answered),
        },
    }


def _examples(photos: Sequence[Answered]) -> list[dict[str, Any]]:
    """Some photos as the picture shows them: see `suggestions.choose`."""
    return [
        {"photo": photo.source.name, "label": photo.label, "suggestions": photo.suggestions, "known": photo.known}
        for photo in suggestions.choose(photos, EXAMPLES, seed=1)
    ]


def _refit(run: RunTimes, report: Report) -> dict[str, Any]:
    about = ("outcome", "version", "mode", "why", "snapshot_id", "n", "k", "explained_variance_95_k", "explained")
    more = ("rows_inserted", "rows_deleted", "change", "reproject", "notes", "suggestions")
    seconds = report.get("seconds", {}).get("total", run.seconds)
    return {"id": run.run_id, **{name: report.get(name) for name in about + more}, "seconds": seconds}
