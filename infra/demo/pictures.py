"""The pictures and files of the demo."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from contracts.jobs.names import Kind
from infra.demo import neighbours, suggestions, timeline
from infra.demo.summary import DemoRecord, identity
from infra.ops.models import Models


def draw(record: DemoRecord, published: Models, out: Path) -> None:
    """Draw all pictures into a folder, and download the latest model's pictures, card and matrix to it."""
    _neighbours(record, out / "neighbours.png")
    timeline.draw(_timeline(record), out / "timeline.png")
    used = published.cards()[0].suggestions  # the first model's: later ones have seen these photos
    suggestions.draw(record.answered, used["threshold"] if used else None, out / "suggestions.png")
    published.download(published.card(), out)


def _neighbours(record: DemoRecord, target: Path) -> None:
    source = {identity(photo): photo.source for photo in record.uploaded}
    kept = record.rows.filter(pa.compute.is_valid(record.rows["features"]))
    shown = [
        neighbours.LabelledPhoto(str(source[key]), label)
        for key, label in zip(kept["photo_id"].to_pylist(), kept["label"].to_pylist(), strict=True)
    ]
    vectors = kept["features"].combine_chunks()
    features = vectors.flatten().to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(kept), -1)
    neighbours.draw(shown, features, lambda path: Path(path).read_bytes(), target)


def _timeline(record: DemoRecord) -> timeline.Timeline:
    photos = {batch.batch_id: batch.photos for batch in record.batches}
    now = datetime.now(UTC)
    return timeline.Timeline(
        uploads=[photo.received_at for photo in record.uploaded],
        claims=[(batch.created_at, batch.photos) for batch in record.batches],
        runs=[
            timeline.RunSpan(
                asked=run.created_at,
                began=run.started_at or run.ended_at or now,
                ended=run.ended_at or now,
                what=f"{photos.get(run.subject, 0):,} photos" if run.kind is Kind.EXTRACT else run.kind.value,
                state=run.state,
                fits=run.kind is Kind.REFIT,
            )
            for run in record.runs
        ],
        rows=[record.committed[batch] for batch in record.rows["batch_id"].to_pylist() if batch in record.committed],
    )
