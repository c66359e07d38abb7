"""The few sentences that the tests of the whole stack are made of."""

import shutil
from collections import Counter
from pathlib import Path

from chalicelib.domain.records import Batch
from contracts.photos.manifest import photo_id
from infra.local.cloud import LocalCloud
from infra.ops import uploads
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import StackState
from infra.ops.tables import read_table
from infra.ops.uploads import Uploaded
from tests.contract.emr import eventually


def few(photos: Path, folder: Path, labels: int = 3) -> Path:
    """Copy the photos of some labels: one batch, and with two rows or more enough for a model."""
    for label in [path for path in sorted(photos.iterdir()) if path.is_dir()][:labels]:
        shutil.copytree(label, folder / label.name)
    return folder


def uploaded(pipeline: Pipeline, folder: Path) -> list[Uploaded]:
    return uploads.upload(pipeline.s3, pipeline.stack.photos_bucket, uploads.labelled_files(folder), "e2e")


def rows(cloud: LocalCloud, pipeline: Pipeline) -> "Counter[str]":
    table = read_table(cloud.target(), f"{pipeline.stack.glue_database}.photos", ["photo_id"])
    return Counter(table["photo_id"].to_pylist())


def settled(pipeline: Pipeline, count: int) -> StackState:
    """Wait until so many are in the ledger, then have batches made at once instead of each minute."""
    eventually(lambda: pipeline.state().registered == count, f"{count} photos in the ledger")
    return pipeline.wait(count, lambda _: pipeline.submit(), within=300)


def ids(photos: list[Uploaded]) -> "Counter[str]":
    return Counter(photo_id(photo.bucket, photo.key, photo.version_id) for photo in photos)


def new_batches(before: StackState, after: StackState) -> list[Batch]:
    known = {batch.batch_id for batch in before.batches}
    return [batch for batch in after.batches if batch.batch_id not in known and batch.photos]
