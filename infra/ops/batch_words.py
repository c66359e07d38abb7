"""A batch in words: why it waits, what to do next, and the outcome of each of its photos. Pure, but for one reader."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState
from contracts.errors import GiveUp
from contracts.jobs import places
from contracts.photos.results import FEATURES, Result
from infra.ops.group_by import GroupBy
from infra.ops.pipeline import Pipeline
from infra.ops.whereabouts.search import PREFIX

_REASONS: Mapping[str, str] = {
    "failed": "its latest run failed: killed, out of time or memory, or a bug",
    "gave_up": "its latest run gave up, as the same input would fail again",
    "later": "its latest run asks for patience: a service did not answer it",
    "no_capacity": "the account or the application had no workers left",
}


def why(batch: Batch, now: datetime) -> str:
    """Return why a batch is where it is, in words."""
    reason = _REASONS.get(batch.reason, batch.reason)
    if batch.state is BatchState.CLAIMING:
        return "it claims photos; one that stays so was cut short, and the next submit finishes it"
    if batch.state is BatchState.RUNNING:
        return f"run {batch.run.run_id} works on it"
    if batch.state is BatchState.READY:
        due = batch.is_due(now)
        start = "it starts once a run is free" if due else f"attempt {batch.attempt} starts {_time(batch.not_before)}"
        return f"{reason}: {start}" if reason else start
    if batch.state is BatchState.QUARANTINED:
        return f"it was given up after {_counted(batch.failures)}: {reason}"
    if batch.counts.get("quarantined"):
        return f"it is done, and {batch.counts['quarantined']:,} of its photos are in quarantine: no run had a result"
    return "nothing waits"


def next_step(batch: Batch) -> str:
    """Return the command that goes on from here, or `nothing`."""
    if batch.state is BatchState.QUARANTINED:
        look = f"fruits run {batch.run.run_id}" if batch.runs else "fruits logs submit"
        return f"{look}; mend the cause; fruits redrive --batch {batch.batch_id}"
    if batch.counts.get("quarantined"):
        return f"fruits redrive --batch {batch.batch_id}"
    return f"fruits run {batch.run.run_id}" if batch.state is BatchState.RUNNING else "nothing"


def photos_of(pipeline: Pipeline, batch: Batch) -> Iterator[tuple[str, str, str]]:
    """Yield (photo id, key, outcome) of each photo of a batch, from its manifest and its results.

    Raises:
        GiveUp: the manifest is not there: not yet, or no longer after 180 days.
    """
    asked = {"Bucket": pipeline.stack.lake_bucket, "Key": places.manifest(batch.batch_id)}
    try:
        manifest = pipeline.s3.get_object(**asked)["Body"].read()
    except pipeline.s3.exceptions.NoSuchKey as error:
        raise GiveUp(f"batch {batch.batch_id} has no manifest: not yet, or no longer after 180 days") from error
    found = pipeline.results(batch) if batch.state is BatchState.DONE else []
    return outcomes(manifest, found)


def outcomes(manifest: bytes, results: Iterable[Result]) -> Iterator[tuple[str, str, str]]:
    """Yield (photo id, key, outcome) in the manifest's order; the outcome is empty where there is no result."""
    by_id = {one.photo_id: one.outcome if one.row_written else f"{one.outcome} (waits again)" for one in results}
    for line in manifest.splitlines()[1:]:
        entry = json.loads(line)
        yield entry["photo_id"], entry["key"], by_id.get(entry["photo_id"], "")


@dataclass(frozen=True, slots=True)
class Group:
    """Photos of a batch without features that have an outcome and the begin of their keys in common."""

    group: str
    outcome: str
    photos: int
    of: int
    """Photos of the batch with that begin, those with features too."""


def groups(listed: Sequence[tuple[str, str, str]], by: GroupBy) -> list[Group]:
    """Return the photos without features, grouped; the largest group first. `listed`: as `outcomes`."""
    named = [(_group(key, by), outcome) for _, key, outcome in listed]
    sizes = Counter(group for group, _ in named)
    counts = Counter(one for one in named if one[1] not in ("", FEATURES))
    return [Group(group, outcome, number, sizes[group]) for (group, outcome), number in counts.most_common()]


def _group(key: str, by: GroupBy) -> str:
    folder = key.rpartition("/")[0]
    if by is GroupBy.PREFIX:
        return folder
    return folder.removeprefix(PREFIX.rstrip("/")).lstrip("/").partition("/")[0] or "nobody"


def _counted(failures: int) -> str:
    return "1 failure" if failures == 1 else f"{failures:,} failures"


def _time(moment: datetime | None) -> str:
    return f"at {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "within a minute"
