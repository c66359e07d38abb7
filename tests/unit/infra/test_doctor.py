"""What the doctor's run found, judged: each fact on both sides of what makes it right, and a run that said nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.jobs.emr_release import EMR_SPARK_8_1, IN_USE
from contracts.jobs.probes import Probe
from infra.ops.doctor import access, judge, runtime, service
from infra.ops.doctor.findings import Level, Observed, Place, numbers

OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL
SPARK4 = Place(on_aws=True, release=EMR_SPARK_8_1)
AWS, HERE, ARM = Place(on_aws=True), Place(on_aws=False), Place(on_aws=True, architecture="ARM64")
PACKED = {"version": "3.11.14", "prefix": "/home/hadoop/environment", "machine": "x86_64"}
IMAGE = {**PACKED, "prefix": "/usr"}
GB = 1024**3
CORE = {**PACKED, "packages": {"numpy": "2"}, "cores": 1, "alike": True, "memory_limit_bytes": 2 * GB}
TWO = {"registered": 2, "parallelism": 4}
NONE_YET = {"registered": 0, "parallelism": 4}
LIBRARIES = {"glibc": "glibc 2.34", "glibcxx": "3.4.29"}
VERSIONS = {"spark": "3.5.8-amzn-0", "java": "17.0.9", "scala": "2.12.18", "iceberg": "Apache Iceberg 1.10.1-amzn-1"}
MEMORY = {"limit_bytes": 4 * GB, "machine_bytes": 64 * GB, "heap_bytes": 2 * GB, "processors": 1}
JAR = Path(IN_USE.image_iceberg_jar or "").name
BEGAN = datetime(2026, 11, 28, 12, 1, tzinfo=UTC)
GOOD: dict[Probe, Any] = {
    Probe.PYTHON: PACKED,
    Probe.WORKER: CORE,
    Probe.PACKAGES: {"numpy": "2.4.6"},
    Probe.LIBRARIES: LIBRARIES,
    Probe.VERSIONS: VERSIONS,
    Probe.JARS: [JAR],
    Probe.MEMORY: MEMORY,
    Probe.DISK: {"free_bytes": 15 * GB, "total_bytes": 20 * GB},
    Probe.EXECUTORS: {"asked": 2, "first": TWO, "last": TWO, "seconds": 0.0},
    Probe.AWS_VARIABLES: [access.FULL_URI],
    Probe.PYTHON_CREDENTIALS: {"source": access.FULL_URI, "good_for_seconds": 3600},
    Probe.JAVA_CREDENTIALS: {"source": "ContainerCredentialsProvider", "kind": "AwsSessionCredentials"},
    Probe.MISSING_PHOTO: "missing",
    Probe.MISSING_FILE: "missing",
    Probe.DATABASE: "fruits.fruits_dev",
    Probe.SCRATCH_TABLE: {"rows": 1},
    Probe.CLOCK: 0.4,
    Probe.START: {"began_at": BEGAN.isoformat(), "process_seconds": 9.0, "session_seconds": 6.0},
}
REQUESTED = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def observed(**changed: Any) -> Observed:
    found = {probe.value: {"value": value, "error": None, "seconds": 0.1} for probe, value in GOOD.items()}
    right: dict[str, Any] = {
        "run_id": "r1", "state": "SUCCESS", "details": "", "requested_at": REQUESTED, "stored_after": 0.2,
        "live_after": 0.2, "billed_after": 0.0, "billed": {"vCPUHour": 0.05}, "patience": 120.0, "found": found,
    }  # fmt: skip
    return Observed(**{**right, **changed})


def test_a_good_run_is_all_right_and_each_probe_has_its_line() -> None:
    found = judge.findings(observed(), [], AWS)

    assert [(one.name, one.verdict.level) for one in found if one.verdict.level is not OK] == []
    assert {one.name for one in found} >= {probe.value.replace("_", " ") for probe in Probe}
    assert not judge.must_be_mended(found)


JUDGED: list[tuple[Probe, Any, Place, Level, str]] = [
    (Probe.PYTHON, IMAGE, AWS, FAIL, "image's own Python"),
    (Probe.PYTHON, IMAGE, HERE, OK, "local cloud"),
    (Probe.PYTHON, {**PACKED, "version": "3.9.16"}, HERE, FAIL, "another Python"),
    (Probe.WORKER, {**CORE, "prefix": "/usr"}, AWS, FAIL, "image's own Python"),
    (Probe.WORKER, {**CORE, "packages": {"obstore": "failed: ImportError: no"}}, AWS, FAIL, "lacks what jobs import"),
    (Probe.WORKER, {**CORE, "alike": False}, AWS, WARN, "differ"),
    (Probe.PACKAGES, {"numpy": "2", "obstore": "failed: OSError: GLIBC_2.35"}, AWS, FAIL, "lacks"),
    (Probe.LIBRARIES, {"glibc": "glibc 2.26", "glibcxx": "3.4.29"}, AWS, FAIL, "older"),
    (Probe.LIBRARIES, LIBRARIES, ARM, FAIL, "LiteRT on ARM64"),
    (Probe.LIBRARIES, {**LIBRARIES, "glibcxx": "3.4.30"}, ARM, OK, "new enough"),
    (Probe.LIBRARIES, {**LIBRARIES, "glibcxx": "3.4.4"}, ARM, FAIL, "LiteRT on ARM64"),
    (Probe.VERSIONS, {**VERSIONS, "spark": "3.5.6-amzn-1"}, AWS, WARN, "the tests ran with spark 3.5.8"),
    (Probe.VERSIONS, {**VERSIONS, "java": "11.0.2"}, AWS, WARN, "java 17"),
    (Probe.VERSIONS, {**VERSIONS, "iceberg": "failed: TypeError"}, AWS, WARN, "iceberg"),
    (Probe.JARS, None, AWS, FAIL, "no Iceberg where we look"),
    (Probe.JARS, ["iceberg-spark4-runtime.jar"], AWS, FAIL, "no Iceberg where we look"),
    (Probe.JARS, ["iceberg-spark-runtime-4.1_2.13-1.11.0-amzn-0.jar"], SPARK4, OK, "on Spark's class path"),
    (Probe.JARS, None, SPARK4, OK, "on Spark's class path"),
    (Probe.JARS, None, HERE, OK, "only the real image"),
    (Probe.MEMORY, {**MEMORY, "heap_bytes": 3.5 * GB}, AWS, WARN, "less than 1 GB"),
    (Probe.MEMORY, {**MEMORY, "limit_bytes": None}, AWS, OK, "room"),
    (Probe.DISK, {"free_bytes": GB, "total_bytes": 20 * GB}, AWS, WARN, "little"),
    (Probe.EXECUTORS, {"asked": 0, "first": NONE_YET, "last": NONE_YET, "seconds": 0.0}, HERE, OK, "no executors"),
    (Probe.EXECUTORS, {"asked": 2, "first": NONE_YET, "last": TWO, "seconds": 13.0}, AWS, OK, "plans hold"),
    (Probe.EXECUTORS, {"asked": 2, "first": NONE_YET, "last": NONE_YET, "seconds": 60.0}, AWS, FAIL, "not come"),
    (
        Probe.EXECUTORS,
        {"asked": 2, "first": {"registered": 0, "parallelism": 2}, "last": TWO, "seconds": 13.0},
        AWS,
        WARN,
        "fewer cores",
    ),
    (Probe.AWS_VARIABLES, ["AWS_REGION", access.FULL_URI], AWS, OK, "by an endpoint"),
    (Probe.AWS_VARIABLES, [access.FULL_URI], AWS, OK, "no Region"),
    (Probe.AWS_VARIABLES, [access.KEY], AWS, WARN, "keys in the environment"),
    (Probe.AWS_VARIABLES, [access.KEY], HERE, OK, "keys in the environment"),
    (Probe.AWS_VARIABLES, [], AWS, WARN, "nothing says"),
    (Probe.PYTHON_CREDENTIALS, {"source": access.FULL_URI, "good_for_seconds": 60}, AWS, WARN, "end soon"),
    (Probe.PYTHON_CREDENTIALS, {"source": access.KEY, "good_for_seconds": None}, AWS, OK, "without asking"),
    (Probe.MISSING_PHOTO, "forbidden", AWS, OK, "list the key"),
    (Probe.MISSING_PHOTO, "unavailable", AWS, WARN, "did not say"),
    (Probe.MISSING_FILE, "forbidden", AWS, FAIL, "missing right"),
    (Probe.MISSING_FILE, "found", AWS, WARN, "did not say"),
    (Probe.SCRATCH_TABLE, {"rows": 0}, AWS, FAIL, "one row was written"),
    (Probe.CLOCK, -31.0, AWS, WARN, "far"),
    (Probe.CLOCK, 301.0, AWS, FAIL, "refuses"),
]


@pytest.mark.parametrize(("probe", "value", "place", "level", "said"), JUDGED)
def test_what_is_not_right_is_said_with_what_to_do(
    probe: Probe, value: Any, place: Place, level: Level, said: str
) -> None:
    verdict = judge.JUDGES[probe](value, place)

    assert (verdict.level, said in verdict.meaning) == (level, True), verdict
    assert bool(verdict.to_do) == (level is not OK)


def test_each_probe_is_judged_and_most_were_seen_to_be_wrong() -> None:
    assert set(judge.JUDGES) | {Probe.START} == set(Probe)
    without_a_wrong_value = {Probe.DATABASE, Probe.JAVA_CREDENTIALS}  # they are right, or an error
    assert {probe for probe, *_, level, _ in JUDGED if level is not OK} == set(judge.JUDGES) - without_a_wrong_value


@pytest.mark.parametrize("probe", Probe)
def test_a_probe_that_failed_is_a_finding_with_its_error(probe: Probe) -> None:
    found = {**observed().found, probe.value: {"value": None, "error": "GiveUp: create: AccessDenied", "seconds": 1}}

    (finding,) = (
        one for one in judge.findings(observed(found=found), [], AWS) if one.name == probe.value.replace("_", " ")
    )

    assert finding.verdict.value == "GiveUp: create: AccessDenied"
    assert finding.verdict.level is (WARN if probe in judge.WORK_WITHOUT else FAIL)
    assert finding.verdict.to_do


def test_a_run_of_older_code_lacks_a_probe_and_says_so() -> None:
    found = {name: one for name, one in observed().found.items() if name != Probe.CLOCK}

    (finding,) = (one for one in judge.findings(observed(found=found), [], AWS) if one.name == "clock")

    assert (finding.verdict.level, finding.verdict.to_do) == (WARN, "`fruits deploy`")


@pytest.mark.parametrize(
    ("details", "advice"),
    [
        ("Could not assume execution role", "trust of JobRole"),
        ("Job failed as account has reached the service limit on the maximum vCPU", "vCPU quota"),
        ("environment.tar.gz: no such file", "fruits environment check"),
        ("something else", "docs/doctor.md"),
    ],
)
def test_a_run_that_failed_is_one_finding_with_advice(details: str, advice: str) -> None:
    found = judge.findings(observed(state="FAILED", details=details, found={}), [], AWS)

    assert [one.name for one in found] == ["files", "run", "log in S3", "log in CloudWatch", "bill"]
    assert found[1].verdict.level is FAIL
    assert advice in found[1].verdict.to_do
    assert judge.must_be_mended(found)


def test_a_run_that_succeeded_and_said_nothing_is_no_success() -> None:
    assert judge.must_be_mended(judge.findings(observed(found={}), [], AWS))


def test_what_comes_late_or_never_is_told_apart() -> None:
    assert service.live_log(observed(live_after=8.0)).value == "there 8 s after the end"
    assert service.live_log(observed(live_after=None)).level is FAIL
    assert service.stored_log(observed(stored_after=None)).level is FAIL
    assert service.bill(observed(billed_after=None)).level is WARN
    assert service.bill(observed()).value == "0.050 vCPUHour; there at the end"
    assert service.start(GOOD[Probe.START], observed()).value.startswith("60 s to our first line")
    slow = {**GOOD[Probe.START], "began_at": datetime(2026, 11, 28, 12, 6, tzinfo=UTC).isoformat()}
    assert service.start(slow, observed()).level is WARN


def test_without_its_cnn_a_run_begins_and_says_so_and_without_code_or_environment_it_does_not() -> None:
    assert service.files(["artifact/ab/"], AWS).meaning == "runs give up, and their batches go into quarantine"
    for also in (["environment/ab.tar.gz"], ["code/ab/fruits.zip", "artifact/ab/"]):
        assert service.files(also, AWS).meaning == "runs fail before our first line"


def test_files_that_are_not_there_fail_before_any_run() -> None:
    assert service.files(["artifact/ab/"], AWS).level is FAIL
    assert "fruits deploy --no-photos" in service.files(["artifact/ab/"], AWS).to_do
    assert service.files([], AWS).level is OK


@pytest.mark.parametrize(
    ("text", "read"),
    [("glibc 2.34", (2, 34)), ("3.5.8-amzn-0", (3, 5, 8)), ("Apache Iceberg 1.10.1-amzn-1 (commit x)", (1, 10, 1)),
     ("17.0.9", (17, 0, 9)), ("1.8.0_392", (1, 8, 0, 392)), ("failed", ()), (None, ()), ("", ())],
)  # fmt: skip
def test_versions_are_compared_by_their_numbers(text: str | None, read: tuple[int, ...]) -> None:
    assert numbers(text) == read


def test_the_folder_of_the_archive_is_the_one_that_requests_name() -> None:
    from contracts.jobs.places import Versions
    from contracts.jobs.spark_settings import Catalog, emr

    settings = emr(Catalog("s3://l", region="eu-west-3"), "s3://a", Versions("0", "1", "2"), IN_USE, {}, "doctor")
    assert settings["spark.archives"].endswith(f"#{runtime.FOLDER}")
