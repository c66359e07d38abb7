"""A job run in words: how it ended, and what to do next. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState
from chalicelib.services.ports import ENDED
from contracts.jobs import places
from contracts.jobs.names import SCHEDULED, Kind
from contracts.jobs.report import GIVE_UP, RETRY_LATER
from infra.ops.stack_state import RunTimes

TAIL_LINES = 20
_ARTIFACT = re.compile(rf"s3://\S+-artifacts-\S+/{places.ARTIFACT}/\S+: missing")
"""How a run says that a file of its CNN is not there. (Without code or environment it says nothing.)"""


@dataclass(frozen=True, slots=True)
class RunStory:
    """One run with its closing report (empty: it wrote none), its batch (extract), and the tail of a failed one."""

    run: RunTimes
    report: Mapping[str, Any]
    batch: Batch | None = None
    tail: tuple[str, ...] = ()

    @property
    def ended(self) -> str:
        """How it ended, in words."""
        if self.run.state not in ENDED:
            return f"It has not ended: {self.run.state}."
        error = self.report.get("error")
        if self.run.state == "SUCCESS":
            return _done(self.run.kind, self.report)
        if not self.report:
            return "It left no closing report: it was killed, ran out of time or memory, or never started."
        return f"{_FAMILIES.get(str(self.report.get('outcome')), 'It failed')}: {error or self.report.get('outcome')}"

    @property
    def next(self) -> str:
        """What to do now: a command, or why there is nothing to do."""
        if self.run.state not in ENDED:
            return f"fruits logs {self.run.run_id} --follow"
        if self.run.state == "SUCCESS":
            return "nothing"
        if self.run.kind in SCHEDULED:
            return f"{self._mend}, then `{_BY_HAND[self.run.kind]}`; its schedule tries again three times in all"
        return self._of_batch() if self.run.kind is Kind.EXTRACT else f"`fruits {self.run.kind}` once more"

    @property
    def _mend(self) -> str:
        """What mends the cause, where the report names it."""
        named = _ARTIFACT.search(str(self.report.get("error", "")))
        return "`fruits deploy --no-photos` puts that file back" if named else "mend the cause"

    def _of_batch(self) -> str:
        batch = self.batch
        if batch is None:
            return "nothing: no batch waits for it"
        if batch.state is BatchState.QUARANTINED:
            return f"{self._mend}, then `fruits redrive --batch {batch.batch_id}`"
        if batch.state is BatchState.READY:
            return f"nothing: attempt {batch.attempt} starts by itself {_when(batch.not_before)}"
        return f"nothing: its batch is {batch.state.value} by now"


_BY_HAND = {Kind.REFIT: "fruits refit --full", Kind.MAINTAIN: "fruits maintain --again"}
"""What starts a run however many have failed."""
_FAMILIES = {
    GIVE_UP: "It gave up, as the same input would fail again",
    RETRY_LATER: "It asks to be tried again later",
}


def _done(kind: Kind, report: Mapping[str, Any]) -> str:
    """Return the closing report of a run that succeeded, in one sentence."""
    if kind is Kind.EXTRACT and report:
        rejected = sum(report.get("rejections", {}).values())
        parts = {"with features": report.get("features", 0), "rejected": rejected, "kept": report.get("kept", 0)}
        parts["left for another batch"] = sum(report.get("left_out", {}).values())
        said = ", ".join(f"{number:,} {name}" for name, number in parts.items() if number)
        return f"Done: {report.get('photos', 0):,} photos, {said or 'nothing left to do'}."
    outcome = str(report.get("outcome", "done"))
    version = f" Model {report['version']}." if report.get("version") else ""
    return f"{outcome[:1].upper()}{outcome[1:]}.{version}"


def _when(moment: datetime | None) -> str:
    return f"at {moment:%H:%M:%S} UTC or the minute after" if moment else "within a minute"


def tail_of(log: str | None) -> tuple[str, ...]:
    """Return the last lines of a log."""
    return tuple((log or "").splitlines()[-TAIL_LINES:])
