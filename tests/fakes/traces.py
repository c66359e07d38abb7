"""Versions of the bucket, ledger entries and rows of one and the same photo, as bucket, ledger and table show them."""

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.records import LedgerPhoto
from chalicelib.domain.states import PhotoState
from infra.ops.bucket_versions import Version
from infra.ops.photo_rows import PhotoRow
from tests.fakes.functions import START
from tests.fakes.messages import BUCKET, upload


def version(name: str, at: datetime = START) -> Version:
    return Version(BUCKET, f"uploads/o1/banana/{name}.jpg", "v1", 5000, "e", at, is_latest=True)


def entry(of: Version, state: PhotoState = PhotoState.DONE, batch: str | None = "batch-1") -> LedgerPhoto:
    return LedgerPhoto(replace(upload(of.key, of.version_id), uploaded_at=of.uploaded_at), START, state, batch)


def row(of: Version, rejection: str | None = None, at: datetime = START, batch: str = "batch-1") -> PhotoRow:
    return PhotoRow(of.photo_id, batch, of.key, of.version_id, "banana", 40, 30, "jpeg", rejection, at)
