"""A photo's traces as a JSON document, and as sentences that say where it is and what to do. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from contracts.photos.rejections import Rejection
from infra.ops.whereabouts.places import Place, Traces


def document(traces: Traces, queued: int, dead: int) -> dict[str, Any]:
    """Return what `fruits photo --json` says of a photo. `queued`, `dead`: messages in the two queues."""
    rejection, row = traces.rejection, traces.rows[0] if traces.rows else None
    return {
        "photo_id": traces.photo_id,
        "bucket": traces.bucket,
        "key": traces.key,
        "version_id": traces.version_id,
        "uploaded_at": _text(traces.uploaded_at),
        "size_bytes": traces.size_bytes,
        "content_type": traces.content_type,
        "etag": traces.etag,
        "in_bucket": traces.version is not None,
        "is_latest": traces.version is not None and traces.version.is_latest,
        "place": traces.place.value,
        "ledger_state": traces.entry.state.value if traces.entry else None,
        "batch_id": row.batch_id if row else traces.entry.batch_id if traces.entry else None,
        "batch_state": traces.batch.state.value if traces.batch else None,
        "run_id": traces.batch.run.run_id if traces.batch and traces.batch.runs else None,
        "rejection": rejection and _rejection(rejection),
        "rows": len(traces.rows),
        "label": row.label if row else None,
        "extracted_at": _text(row.extracted_at) if row else None,
        "sentence": sentence(traces, queued, dead),
        "next": next_step(traces),
    }


def sentence(traces: Traces, queued: int, dead: int) -> str:
    """Return where a photo is, in words."""
    return _SAYS[traces.place](traces, queued, dead) + _aside(traces)


def next_step(traces: Traces) -> str | None:
    """Return the command that goes on from here; None where there is nothing to do."""
    if len(traces.rows) > 1:
        return "fruits repair --plan"
    batch = traces.entry.batch_id if traces.entry else None
    return {
        Place.WAITING: "fruits status",
        Place.IN_BATCH: f"fruits batch {batch}",
        Place.QUARANTINED: f"fruits batch {batch}",
        Place.ROW_MISSING: "fruits reconcile",
        Place.UNREGISTERED: "fruits dead-letters",
    }.get(traces.place)


def _features(traces: Traces, _queued: int, _dead: int) -> str:
    row = traces.rows[0]
    return f"Its row has features, since {_text(row.extracted_at)}, from batch {row.batch_id}."


def _rejected(traces: Traces, _queued: int, _dead: int) -> str:
    row, code = traces.rows[0], traces.rejection
    again = "The same bytes never get features: the photo has to be uploaded anew, mended."
    if code is not None and code.retryable:
        again = "It was tried several times; the cause lay outside of the photo, so uploading it again may help."
    return f"Rejected as {code} by batch {row.batch_id}: {code and code.meaning} {again}"


def _waiting(traces: Traces, _queued: int, _dead: int) -> str:
    entry = traces.entry
    since = f"It waits for a batch since {_text(entry.waiting_since if entry else None)}."
    if entry and entry.releases:
        return f"{since} {entry.releases} batches released it: {traces.rejection and traces.rejection.meaning}"
    return since


def _in_batch(traces: Traces, _queued: int, _dead: int) -> str:
    batch = traces.batch
    if batch is None:
        return f"Batch {traces.entry and traces.entry.batch_id} has it."
    why = f" ({batch.reason})" if batch.reason else ""
    run = f", run {batch.run.run_id}" if batch.runs else ""
    return f"Batch {batch.batch_id} has it, which is {batch.state.value}{why}{run}."


def _quarantined(traces: Traces, _queued: int, _dead: int) -> str:
    batch = traces.batch
    why = f" ({batch.reason})" if batch and batch.reason else ""
    name = traces.entry and traces.entry.batch_id
    return f"In quarantine with batch {name}{why}. See why, mend it, then `fruits redrive --batch {name}`."


def _row_missing(traces: Traces, _queued: int, _dead: int) -> str:
    entry = traces.entry
    return f"The ledger has it as {entry and entry.state.value}, and the table has no row: erased, or a fault."


def _unregistered(_traces: Traces, queued: int, dead: int) -> str:
    return (
        f"It is in the bucket, and neither ledger nor table knows it. Its event is on its way (about {queued:,} "
        f"messages in the queue), in the dead-letter queue ({dead:,} messages), or lost: then "
        "`fruits reconcile --mend` sends it."
    )


def _unversioned(_traces: Traces, _queued: int, _dead: int) -> str:
    return "It was written while the bucket had no versioning: it has no identity, and gets no row. Upload it again."


_SAYS: Mapping[Place, Callable[[Traces, int, int], str]] = MappingProxyType(
    {
        Place.FEATURES: _features,
        Place.REJECTED: _rejected,
        Place.WAITING: _waiting,
        Place.IN_BATCH: _in_batch,
        Place.QUARANTINED: _quarantined,
        Place.ROW_MISSING: _row_missing,
        Place.UNREGISTERED: _unregistered,
        Place.UNVERSIONED: _unversioned,
    }
)


def _rejection(code: Rejection) -> dict[str, Any]:
    return {"code": code.value, "meaning": code.meaning, "retryable": code.retryable}


def _aside(traces: Traces) -> str:
    said = []
    if len(traces.rows) > 1:
        said.append(f"It has {len(traces.rows)} rows: `fruits repair --plan`.")
    if traces.version is None:
        said.append("Its object is no longer in the bucket: deleted, or expired.")
    elif not traces.version.is_latest:
        said.append("It is no longer the latest version of its key.")
    if traces.rows and traces.entry is None:
        said.append("The ledger has forgotten it, as it does some months after the end.")
    return "".join(f" {one}" for one in said)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
