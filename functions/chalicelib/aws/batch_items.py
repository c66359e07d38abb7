"""Batches, their runs and the breaker as items of the ledger's table. Pure."""

import zlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.aws.item_times import text, time
from chalicelib.aws.table import ONLY
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerRun
from chalicelib.domain.states import OPEN, BatchState
from chalicelib.services.ports import ENDED

BATCHES = "batches"
"""The `pk` of all batches."""
# The keys of what is to be found, by the names of batches.
OPEN_LIST = "open"
QUARANTINE = "quarantine"
UNBILLED = "unbilled"
BREAKER = "breaker"
"""The key of the one breaker."""


def of_batch(batch: Batch) -> dict[str, Any]:
    """Return a batch's item."""
    return {
        "pk": BATCHES,
        "sk": batch.batch_id,
        "state": batch.state.value,
        "created_at": text(batch.created_at),
        "revision": batch.revision,
        "photos": batch.photos,
        "size_bytes": batch.size_bytes,
        "cpu_seconds": batch.cpu_seconds,
        "manifest_uri": batch.manifest_uri,
        "manifest_sha256": batch.manifest_sha256,
        "runs": [run_to_item(one) for one in batch.runs],
        "counts": batch.counts,
        "released": list(batch.released),
        "failures": batch.failures,
        "spared": batch.spared,
        "refusals": batch.refusals,
        "not_before": text(batch.not_before) if batch.not_before else None,
        "reason": batch.reason,
    }


def lists_of(batch: Batch) -> frozenset[str]:
    """Return the keys under which a batch is to be found; none for one that needs no more work.

    A bill that is missing is one thing more: what a failed attempt has cost counts while the batch is tried again.
    """
    found = {UNBILLED} if any(run.state in ENDED and run.billed is None for run in batch.runs) else set()
    if batch.state in OPEN:
        found.add(OPEN_LIST)
    elif batch.state is BatchState.QUARANTINED or batch.counts.get("quarantined"):
        found.add(QUARANTINE)
    return frozenset(found)


def pages_key(batch_id: str) -> tuple[str, str]:
    """Return the `pk` and `sk` of the item that names a batch's pages."""
    return f"batch#{batch_id}", "pages"


def of_pages(batch_id: str, page_ids: Sequence[str], expires_at: int) -> dict[str, Any]:
    """Return the item that names a batch's pages."""
    pk, sk = pages_key(batch_id)
    return {"pk": pk, "sk": sk, "pages": zlib.compress("\n".join(page_ids).encode(), 9), "expires_at": expires_at}


def pages(item: Mapping[str, Any]) -> list[str]:
    """Return the names of a batch's pages."""
    return zlib.decompress(bytes(item["pages"])).decode().splitlines()


def batch(item: Mapping[str, Any]) -> Batch:
    """Read a batch's item."""
    return Batch(
        batch_id=item["sk"],
        state=BatchState(item["state"]),
        created_at=time(item["created_at"]),
        revision=int(item["revision"]),
        photos=int(item["photos"]),
        size_bytes=int(item["size_bytes"]),
        manifest_uri=item.get("manifest_uri"),
        manifest_sha256=item.get("manifest_sha256"),
        runs=tuple(run_from_item(one) for one in item["runs"]),
        released=tuple(item["released"]),
        counts={name: int(number) for name, number in item["counts"].items()},
        cpu_seconds=int(item.get("cpu_seconds", 0)),
        failures=int(item.get("failures", 0)),
        spared=int(item.get("spared", 0)),
        refusals=int(item.get("refusals", 0)),
        not_before=time(item["not_before"]) if item.get("not_before") else None,
        reason=item.get("reason", ""),
    )


def of_breaker(breaker: Breaker) -> dict[str, Any]:
    """Return the breaker's item."""
    return {
        "pk": BREAKER,
        "sk": ONLY,
        "failed": list(breaker.failed),
        "probes": breaker.probes,
        "probe_at": text(breaker.probe_at) if breaker.probe_at else None,
        "revision": breaker.revision,
    }


def breaker(item: Mapping[str, Any]) -> Breaker:
    """Read the breaker's item."""
    probe_at = time(item["probe_at"]) if item.get("probe_at") else None
    return Breaker(tuple(item["failed"]), int(item["probes"]), probe_at, int(item["revision"]))


def run_to_item(one: LedgerRun) -> dict[str, Any]:
    """Return a job run as part of an item."""
    return {
        "run_id": one.run_id,
        "attempt": one.attempt,
        "state": one.state,
        "started_at": text(one.started_at),
        "seconds": one.seconds,
        "billed": None if one.billed is None else {name: Decimal(str(hours)) for name, hours in one.billed.items()},
        "details": one.details,
    }


def run_from_item(item: Mapping[str, Any]) -> LedgerRun:
    """Read a job run that `run_to_item` wrote."""
    return LedgerRun(
        item["run_id"],
        int(item["attempt"]),
        item["state"],
        time(item["started_at"]),
        None if item["seconds"] is None else int(item["seconds"]),
        None if item["billed"] is None else {name: float(hours) for name, hours in item["billed"].items()},
        item["details"],
    )
