"""Bucket, ledger and table of a deployed stack, as a comparison reads them."""

from datetime import datetime, timedelta

from contracts.errors import GiveUp
from infra.ops.bucket_versions import versions
from infra.ops.photo_rows import PhotoRows
from infra.ops.pipeline import Pipeline
from infra.ops.reconciliation.compare import Bounds, Comparison, Sources
from infra.ops.reconciliation.findings import Reconciliation
from infra.ops.whereabouts.search import PREFIX

_MARGIN = timedelta(days=30)
"""The ledger's memory begins when a photo is registered; its row may come so much later, after a quarantine."""


def reconcile(pipeline: Pipeline, prefix: str, grace: timedelta, now: datetime) -> Reconciliation:
    """Compare a stack's uploads below a prefix; photos younger than `grace` may be on their way.

    Raises:
        GiveUp: no upload can lie below the prefix.
    """
    if not prefix.startswith(PREFIX):
        raise GiveUp(f"uploads lie below {PREFIX}: give a --prefix that begins so, and not {prefix!r}")
    whole = prefix == PREFIX
    retention = pipeline.settings().common.retention
    rows = PhotoRows(pipeline.target, f"{pipeline.stack.glue_database}.photos")
    sources = Sources(
        photo_ids=pipeline.photo_ids,
        versions=lambda: versions(pipeline.s3, pipeline.stack.photos_bucket, prefix),
        row_ids=lambda: rows.ids(None if whole else prefix),
        entry_of=pipeline.photo_of,
        rows_of=rows.of,
    )
    return Comparison(sources, Bounds(now - grace, now - retention + _MARGIN, whole)).run()
