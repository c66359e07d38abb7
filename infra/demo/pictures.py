"""The pictures and files of the demo."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from contracts.jobs.names import Kind
from infra.demo import neighbours, suggestions, timeline
from infra.demo.summary import Told, identity
from infra.ops.models import Models


def draw(story: Told, published: Models, out: Path) -> None:
    """Draw all pictures into a folder, and bring the latest model's own, its card and its matrix there."""
    _neighbours(story, out / "neighbours.png")
    timeline.draw(_timeline(story), out / "timeline.png")
    used = published.cards()[0].suggestions  # by the first model: later ones have seen these photos
    suggestions.draw(story.answered, used["threshold"] if used else None, out / "suggestions.png")
    published.download(published.card(), out)


def _neighbours(story: Told, target: Path) -> None:
    source = {identity(photo): photo.source for photo in story.uploaded}
    kept = story.rows.filter(pa.compute.is_valid(story.rows["features"]))
    shown = [
        neighbours.Row(str(source[key]), label)
        for key, label in zip(kept["photo_id"].to_pylist(), kept["label"].to_pylist(), strict=True)
    ]
    vectors = kept["features"].combine_chunks()
    features = vectors.flatten().to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(kept), -1)
    neighbours.draw(shown, features, lambda path: Path(path).read_bytes(), target)


def _timeline(story: Told) -> timeline.Story:
    photos = {batch.batch_id: batch.photos for batch in story.batches}
    now = datetime.now(UTC)
    return timeline.Story(
        uploads=[photo.received_at for photo in story.uploaded],
        claims=[(batch.created_at, batch.photos) for batch in story.batches],
        runs=[
            timeline.RunSpan(
                asked=run.created_at,
                began=run.started_at or run.ended_at or now,
                ended=run.ended_at or now,
                what=f"{photos.get(run.subject, 0):,} photos" if run.kind is Kind.EXTRACT else run.kind.value,
                state=run.state,
                fits=run.kind is Kind.REFIT,
            )
            for run in story.runs
        ],
        rows=[story.committed[batch] for batch in story.rows["batch_id"].to_pylist() if batch in story.committed],
    )
