"""Photos and batches as items of the ledger's table, and their moves as conditional updates. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.ports import Settled
from chalicelib.records import Batch, LedgerPhoto, Run, Upload
from chalicelib.states import OPEN, PHOTO_MOVES, BatchState, PhotoState, check

SHARDS = 4
BATCHES = "batches"


def photo_key(photo_id: str) -> str:
    """Return a photo's key."""
    return f"photo#{photo_id}"


def batch_pk(batch_id: str) -> str:
    """Return a batch's key, under which its photos stand in the index."""
    return f"batch#{batch_id}"


def waiting_key(shard: int) -> str:
    """Return under which key of the index the photos of a shard wait."""
    return f"waiting#{shard}"


def new_photo(upload: Upload, now: datetime) -> dict[str, Any]:
    """Return the item of a photo that waits."""
    return {
        "pk": photo_key(upload.photo_id),
        "state": PhotoState.WAITING.value,
        "releases": 0,
        "registered_at": _text(now),
        "bucket": upload.bucket,
        "key": upload.key,
        "version_id": upload.version_id,
        "size_bytes": upload.size_bytes,
        "etag": upload.etag,
        "sequencer": upload.sequencer,
        "uploaded_at": _text(upload.uploaded_at),
        "owner_id": upload.owner_id,
        "waiting_since": _text(upload.uploaded_at),
        **_waits(upload.photo_id, upload.uploaded_at),
    }


def _waits(photo_id: str, since: datetime) -> dict[str, str]:
    return {"open_pk": waiting_key(int(photo_id[:2], 16) % SHARDS), "open_sk": f"{_text(since)}#{photo_id}"}


def photo(item: Mapping[str, Any]) -> LedgerPhoto:
    """Read a photo's item."""
    upload = Upload(
        bucket=item["bucket"],
        key=item["key"],
        version_id=item["version_id"],
        size_bytes=int(item["size_bytes"]),
        etag=item.get("etag"),
        sequencer=item["sequencer"],
        uploaded_at=_time(item["uploaded_at"]),
        owner_id=item.get("owner_id"),
    )
    return LedgerPhoto(
        upload,
        _time(item["waiting_since"]),
        PhotoState(item["state"]),
        item.get("batch_id"),
        int(item["releases"]),
        item.get("outcome"),
        item.get("label"),
    )


def counted(state: str, outcome: str | None) -> list[str]:
    """Return under which names a photo is counted: its state, and its code if it was rejected."""
    return [state, f"{state} {outcome}"] if state == PhotoState.REJECTED else [state]


@dataclass(frozen=True, slots=True)
class Change:
    """A conditional update: DynamoDB's expressions, and plain values for them."""

    update: str
    condition: str
    names: Mapping[str, str]
    values: Mapping[str, Any]


def claimed(photo_id: str, batch_id: str) -> Change:
    """A photo that waits becomes one of a batch."""
    check(PhotoState.WAITING, PhotoState.CLAIMED, PHOTO_MOVES)
    return Change(
        "SET #state = :claimed, batch_id = :batch, open_pk = :key, open_sk = :id",
        "#state = :waiting",
        {"#state": "state"},
        {
            ":claimed": PhotoState.CLAIMED.value,
            ":waiting": PhotoState.WAITING.value,
            ":batch": batch_id,
            ":key": batch_pk(batch_id),
            ":id": photo_id,
        },
    )


def settled(one: Settled, batch_id: str, now: datetime, retention: timedelta) -> Change:
    """A photo of a batch becomes what its run says. One that waits again waits from `now` on; any other expires."""
    check(PhotoState.CLAIMED, one.state, PHOTO_MOVES)
    facts: dict[str, Any] = {"state": one.state.value, "outcome": one.outcome, "label": one.label}
    if one.state is PhotoState.WAITING:
        facts |= {"waiting_since": _text(now), **_waits(one.photo_id, now)}
        more, gone = ", releases = releases + :one", "batch_id"
    else:
        facts |= {"expires_at": int((now + retention).timestamp())}
        more, gone = "", "open_pk, open_sk"
    facts = {name: value for name, value in facts.items() if value is not None}
    sets = ", ".join(f"#{name} = :{name}" for name in facts)
    return Change(
        f"SET {sets}{more} REMOVE {gone}",
        "#state = :claimed AND batch_id = :batch",
        {f"#{name}": name for name in facts},
        {f":{name}": value for name, value in facts.items()}
        | {":claimed": PhotoState.CLAIMED.value, ":batch": batch_id}
        | ({":one": 1} if more else {}),
    )


def of_batch(batch: Batch) -> dict[str, Any]:
    """Return a batch's item."""
    item: dict[str, Any] = {
        "pk": batch_pk(batch.batch_id),
        "state": batch.state.value,
        "created_at": _text(batch.created_at),
        "revision": batch.revision,
        "photos": batch.photos,
        "size_bytes": batch.size_bytes,
        "manifest_uri": batch.manifest_uri,
        "manifest_sha256": batch.manifest_sha256,
        "runs": [of_run(one) for one in batch.runs],
        "counts": batch.counts,
    }
    return item | ({"open_pk": BATCHES, "open_sk": batch.batch_id} if batch.state in OPEN else {})


def batch(item: Mapping[str, Any]) -> Batch:
    """Read a batch's item."""
    return Batch(
        batch_id=item["pk"].removeprefix("batch#"),
        state=BatchState(item["state"]),
        created_at=_time(item["created_at"]),
        revision=int(item["revision"]),
        photos=int(item["photos"]),
        size_bytes=int(item["size_bytes"]),
        manifest_uri=item.get("manifest_uri"),
        manifest_sha256=item.get("manifest_sha256"),
        runs=tuple(run(one) for one in item["runs"]),
        counts={name: int(number) for name, number in item["counts"].items()},
    )


def of_run(one: Run) -> dict[str, Any]:
    """Return a job run as a part of an item."""
    return {
        "run_id": one.run_id,
        "attempt": one.attempt,
        "state": one.state,
        "started_at": _text(one.started_at),
        "seconds": one.seconds,
        "billed": {name: Decimal(str(hours)) for name, hours in one.billed.items()},
        "details": one.details,
    }


def run(item: Mapping[str, Any]) -> Run:
    """Read what `of_run` made."""
    return Run(
        item["run_id"],
        int(item["attempt"]),
        item["state"],
        _time(item["started_at"]),
        None if item["seconds"] is None else int(item["seconds"]),
        {name: float(hours) for name, hours in item["billed"].items()},
        item["details"],
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
