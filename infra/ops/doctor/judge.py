"""All findings of one examination, in the order in which a person would read them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contracts.jobs.probes import Probe
from infra.ops.doctor import access, runtime, service
from infra.ops.doctor.findings import Finding, Level, Observed, Place, Verdict

JUDGES: Mapping[Probe, Callable[[Any, Place], Verdict]] = {
    Probe.PYTHON: runtime.python,
    Probe.WORKER: runtime.worker,
    Probe.PACKAGES: runtime.packages,
    Probe.LIBRARIES: runtime.libraries,
    Probe.VERSIONS: runtime.versions,
    Probe.JARS: runtime.jars,
    Probe.MEMORY: runtime.memory,
    Probe.DISK: runtime.disk,
    Probe.EXECUTORS: runtime.executors,
    Probe.AWS_VARIABLES: access.aws_variables,
    Probe.PYTHON_CREDENTIALS: access.python_credentials,
    Probe.JAVA_CREDENTIALS: access.java_credentials,
    Probe.MISSING_PHOTO: access.missing_photo,
    Probe.MISSING_FILE: access.missing_file,
    Probe.DATABASE: access.database,
    Probe.SCRATCH_TABLE: access.scratch_table,
    Probe.CLOCK: access.clock,
}
"""All but the start, which is judged beside what this side saw."""
WORK_WITHOUT = frozenset(
    {Probe.LIBRARIES, Probe.VERSIONS, Probe.JARS, Probe.MEMORY, Probe.DISK, Probe.CLOCK, Probe.START}
)
"""Where such a probe fails, jobs may work all the same."""
_ON_FAILURE: Mapping[Probe, str] = {
    Probe.PYTHON_CREDENTIALS: "jobs read nothing: see `spark_app/stores/credentials.py`",
    Probe.JAVA_CREDENTIALS: "Iceberg reads nothing: see which credentials variables there are",
    Probe.DATABASE: "see KeepTheTable of JobRole in `template.yaml`; with Lake Formation, its grants",
    Probe.SCRATCH_TABLE: "the message names the step; see KeepTheTable and DropScratchTables of JobRole",
    Probe.WORKER: "look at the logs of the run's executors",
}


def findings(observed: Observed, missing_files: Sequence[str], place: Place) -> list[Finding]:
    """Return all findings. A run that reported nothing is one finding, not one for each probe."""
    seen = [("files", service.files(list(missing_files), place)), ("run", service.run(observed))]
    if observed.found:
        seen += [(probe.value, _of_probe(probe, observed, place)) for probe in Probe]
    elif observed.state == "SUCCESS":
        seen.append(("report", Verdict("none", "the run said nothing", Level.FAIL, "deploy again, and ask again")))
    seen += [
        ("log in S3", service.stored_log(observed)),
        ("log in CloudWatch", service.live_log(observed)),
        ("bill", service.bill(observed)),
    ]
    return [Finding(name.replace("_", " "), verdict) for name, verdict in seen]


def must_be_mended(found: Sequence[Finding]) -> bool:
    """Whether one of them fails."""
    return any(finding.verdict.level is Level.FAIL for finding in found)


def _of_probe(probe: Probe, observed: Observed, place: Place) -> Verdict:
    found = observed.found.get(probe.value)
    if found is None:
        return Verdict("nothing", "the run's code is older than this command", Level.WARN, "`fruits deploy`")
    if found["error"]:
        level = Level.WARN if probe in WORK_WITHOUT else Level.FAIL
        return Verdict(found["error"], "it could not be found out", level, _ON_FAILURE.get(probe, "read the message"))
    if probe is Probe.START:
        return service.start(found["value"], observed)
    return JUDGES[probe](found["value"], place)
