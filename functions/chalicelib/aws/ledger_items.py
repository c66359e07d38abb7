"""Photos as items of the ledger's table, and their moves as conditional updates. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.item_times import text, time
from chalicelib.aws.table import ONLY
from chalicelib.domain.records import LedgerPhoto, Upload
from chalicelib.domain.states import PHOTO_MOVES, PhotoState, refuse_illegal_move
from chalicelib.services.ports import Settled

SHARDS = 4


def photo_key(photo_id: str) -> str:
    """Return a photo's key."""
    return f"photo#{photo_id}"


def batch_pk(batch_id: str) -> str:
    """Return a batch's key, which is also its photos' key in the index."""
    return f"batch#{batch_id}"


def waiting_key(shard: int) -> str:
    """Return the index key of a shard's waiting photos."""
    return f"waiting#{shard}"


def new_photo(upload: Upload, now: datetime) -> dict[str, Any]:
    """Return the item of a WAITING photo."""
    return {
        "pk": photo_key(upload.photo_id),
        "sk": ONLY,
        "state": PhotoState.WAITING.value,
        "releases": 0,
        "registered_at": text(now),
        "bucket": upload.bucket,
        "key": upload.key,
        "version_id": upload.version_id,
        "size_bytes": upload.size_bytes,
        "etag": upload.etag,
        "sequencer": upload.sequencer,
        "uploaded_at": text(upload.uploaded_at),
        "owner_id": upload.owner_id,
        "waiting_since": text(upload.uploaded_at),
        **_waits(upload.photo_id, upload.uploaded_at),
    }


def _waits(photo_id: str, since: datetime) -> dict[str, str]:
    return {"open_pk": waiting_key(int(photo_id[:2], 16) % SHARDS), "open_sk": f"{text(since)}#{photo_id}"}


def photo(item: Mapping[str, Any]) -> LedgerPhoto:
    """Read a photo's item."""
    upload = Upload(
        bucket=item["bucket"],
        key=item["key"],
        version_id=item["version_id"],
        size_bytes=int(item["size_bytes"]),
        etag=item.get("etag"),
        sequencer=item["sequencer"],
        uploaded_at=time(item["uploaded_at"]),
        owner_id=item.get("owner_id"),
    )
    return LedgerPhoto(
        upload,
        time(item["waiting_since"]),
        PhotoState(item["state"]),
        item.get("batch_id"),
        int(item["releases"]),
        item.get("outcome"),
        item.get("label"),
    )


def counted(state: str, outcome: str | None) -> list[str]:
    """Return the names that a photo is counted by: its state, and its code if it was rejected."""
    return [state, f"{state} {outcome}"] if state == PhotoState.REJECTED else [state]


@dataclass(frozen=True, slots=True)
class Change:
    """A conditional update: DynamoDB's expressions, and plain values for them."""

    update: str
    condition: str
    names: Mapping[str, str]
    values: Mapping[str, Any]


def claimed(photo_id: str, batch_id: str) -> Change:
    """Return the change of a WAITING photo to one that a batch has CLAIMED."""
    refuse_illegal_move(PhotoState.WAITING, PhotoState.CLAIMED, PHOTO_MOVES)
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
    """Return the change of a batch's CLAIMED photo to the state that its run decided.

    A photo that waits again waits from `now` on. One that is DONE or REJECTED expires after `retention`.
    """
    refuse_illegal_move(PhotoState.CLAIMED, one.state, PHOTO_MOVES)
    facts: dict[str, Any] = {"state": one.state.value, "outcome": one.outcome, "label": one.label}
    if one.state is PhotoState.WAITING:
        facts |= {"waiting_since": text(now), **_waits(one.photo_id, now)}
        more, gone = ", releases = releases + :one", "batch_id"
    elif (
        one.state is PhotoState.QUARANTINED
    ):  # it stays with its batch in the index and never expires: a person has to look
        more, gone = "", ""
    else:
        facts |= {"expires_at": int((now + retention).timestamp())}
        more, gone = "", "open_pk, open_sk"
    return _change(facts, more, gone, {":from": PhotoState.CLAIMED.value, ":batch": batch_id, ":one": 1})


def reopened(photo_id: str, batch_id: str, state: PhotoState, now: datetime) -> Change:
    """Return the change of a QUARANTINED photo to one that its batch has CLAIMED, or that waits for another."""
    refuse_illegal_move(PhotoState.QUARANTINED, state, PHOTO_MOVES)
    facts: dict[str, Any] = {"state": state.value}
    gone = ""
    if state is PhotoState.WAITING:
        facts |= {"waiting_since": text(now), **_waits(photo_id, now), "releases": 0}
        gone = "batch_id"
    return _change(facts, "", gone, {":from": PhotoState.QUARANTINED.value, ":batch": batch_id})


def _change(facts: Mapping[str, Any], more: str, gone: str, values: Mapping[str, Any]) -> Change:
    """Return the update of a batch's photo. Facts that are None stay as they are."""
    known = {name: value for name, value in facts.items() if value is not None}
    update = f"SET {', '.join(f'#{name} = :{name}' for name in known)}{more}" + (f" REMOVE {gone}" if gone else "")
    used = {name: value for name, value in values.items() if name != ":one" or more}
    return Change(
        update,
        "#state = :from AND batch_id = :batch",
        {f"#{name}": name for name in known} | {"#state": "state"},
        {f":{name}": value for name, value in known.items()} | used,
    )
