"""Judges of what the service did: the run's end, its start, its logs, its bill. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.jobs import places
from infra.ops.doctor.findings import Level, Observed, Place, Verdict

SLOW_START_SECONDS = 300


def run(observed: Observed) -> Verdict:
    """Judge how the run ended."""
    if observed.state == "SUCCESS":
        return Verdict(f"{observed.run_id} SUCCESS", "the role, the code and the environment are in place")
    value = f"{observed.run_id} {observed.state}: {observed.details or 'no details'}"
    to_do = f"`fruits logs {observed.run_id}` shows what it printed; {_advice(observed.details)}"
    return Verdict(value, "the run did not come to its end", Level.FAIL, to_do)


def start(found: Mapping[str, Any], observed: Observed) -> Verdict:
    """Judge how long it takes from the request to our first line."""
    waited = (datetime.fromisoformat(found["began_at"]) - observed.requested_at).total_seconds()
    value = f"{waited:.0f} s to our first line, {found['session_seconds']:.0f} s more to Spark"
    if waited > SLOW_START_SECONDS:
        to_do = "a smaller archive, or pre-initialised workers (billed while idle)"
        return Verdict(value, "most of what a small run costs is its start", Level.WARN, to_do)
    return Verdict(value, "request, workers, archive and Python")


def stored_log(observed: Observed) -> Verdict:
    """Judge whether the service wrote the log to S3."""
    to_do = "see that JobRole may put objects below logs/ of the lake's bucket"
    return _arrival(observed.stored_after, observed.patience, "what runs print is kept", to_do)


def live_log(observed: Observed) -> Verdict:
    """Judge whether the service wrote the log to CloudWatch."""
    to_do = "see WriteDriverLogs of JobRole in `template.yaml`, and that the log group is there"
    return _arrival(observed.live_after, observed.patience, "a run can be read while it works", to_do)


def bill(observed: Observed) -> Verdict:
    """Judge when the service says what the run used."""
    if observed.billed_after is None:
        to_do = "look at the run again later; the ledger has no cost of runs whose bill comes late"
        return Verdict(f"none within {observed.patience:.0f} s", "the bill comes later", Level.WARN, to_do)
    used = ", ".join(f"{amount:.3f} {name}" for name, amount in observed.billed.items())
    return Verdict(
        f"{used}; {_when(observed.billed_after)}", "what the run used, with the minimum of a minute a worker"
    )


def files(missing: list[str], _: Place) -> Verdict:
    """Judge whether what a run takes is in the artifacts bucket."""
    if missing:
        begins = not all(one.startswith(f"{places.ARTIFACT}/") for one in missing)
        # Without its CNN a run begins, and its closing report says so (exit code 65).
        means = "runs fail before our first line" if begins else "runs give up, and their batches go into quarantine"
        to_do = "`fruits deploy --no-photos`, then `fruits redrive` where batches are in quarantine"
        return Verdict(f"no {', '.join(missing)}", means, Level.FAIL, to_do)
    return Verdict("code, environment, CNN", "what runs take is in place")


def _arrival(after: float | None, patience: float, meaning: str, to_do: str) -> Verdict:
    if after is None:
        return Verdict(f"nothing within {patience:.0f} s", "the log did not arrive", Level.FAIL, to_do)
    return Verdict(_when(after), meaning)


def _when(after: float) -> str:
    return "there at the end" if after < 1 else f"there {after:.0f} s after the end"


def _advice(details: str) -> str:
    text = details.lower()
    if "assume" in text:
        return "the trust of JobRole names the source that may take it: see `template.yaml`"
    if "maximum vcpu" in text or "service limit" in text or "capacity" in text:
        return "ask for a larger vCPU quota (Service Quotas, EMR Serverless), or wait for other runs"
    if "archive" in text or "no such file" in text:
        return "`fruits environment check`, then `fruits deploy`"
    return "`docs/doctor.md` names usual causes"
