"""What the functions ask a job for and what the job parses are the same flags."""

import re
from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import pytest

from contracts.jobs.arguments import (
    DoctorArguments,
    ExtractArguments,
    JobArguments,
    MaintainArguments,
    RefitArguments,
    RepairArguments,
    flag,
)
from contracts.jobs.names import Kind
from spark_app import doctor_job, extract_job, maintain_job, refit_job, repair_job

COMMON = JobArguments(region="eu-north-1", endpoint="http://127.0.0.1:1", folder="file:///lake", report="report.json")
JOBS: dict[Kind, tuple[ModuleType, JobArguments]] = {
    Kind.EXTRACT: (
        extract_job,
        ExtractArguments(
            manifest="m",
            table="a.b.c",
            artifact="a",
            results="r",
            models="p",
            engine="keras",
            partitions=3,
            again=True,
            chunk_seconds=60,
        ),
    ),
    Kind.REFIT: (
        refit_job,
        RefitArguments(
            full=True,
            standardize=True,
            k=5,
            k_min=2,
            k_max=9,
            variance=0.5,
            artifact_sha256="0c",
            table="a.b.c",
            reduced="a.b.d",
            models="p",
        ),
    ),
    Kind.MAINTAIN: (
        maintain_job,
        MaintainArguments(tables="a.b.c,a.b.d", models="p", keep_days=2, orphan_days=9),
    ),
    Kind.REPAIR: (repair_job, RepairArguments(plan=True, table="a.b.c")),
    Kind.DOCTOR: (
        doctor_job,
        DoctorArguments(photos="s3://p/uploads", artifacts="s3://a", table="a.b.c", settle_seconds=5),
    ),
}
"""Each job with every argument that it has."""


def whole(kind: Kind) -> JobArguments:
    return replace(
        JOBS[kind][1], region=COMMON.region, endpoint=COMMON.endpoint, folder=COMMON.folder, report=COMMON.report
    )


def flags(arguments: JobArguments) -> list[str]:
    return [word for word in arguments.to_list() if word.startswith("--")]


COMMON_NAMES = tuple(JobArguments.__dataclass_fields__)


@pytest.mark.parametrize("kind", Kind)
def test_a_job_has_the_flags_of_its_arguments_and_no_others(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        JOBS[kind][0].parse(["--help"])
    helped = capsys.readouterr().out
    options = re.findall(r"^  (?:-h, )?(--[a-z0-9-]+)", helped, re.MULTILINE)

    assert sorted(options) == sorted(["--help", *map(flag, [*JOBS[kind][1].own(), *COMMON_NAMES])])
    assert sorted(flags(whole(kind))) == sorted(set(options) - {"--help"})


@pytest.mark.parametrize("kind", Kind)
def test_a_job_reads_back_what_it_is_given(kind: Kind) -> None:
    parsed = JOBS[kind][0].parse(whole(kind).to_list())

    assert parsed.report == "report.json"
    assert (parsed.store.region, parsed.store.endpoint, parsed.store.folder) == (
        COMMON.region,
        COMMON.endpoint,
        COMMON.folder,
    )
    for name in {
        "table",
        "reduced",
        "models",
        "manifest",
        "artifact",
        "results",
        "engine",
        "partitions",
        "again",
        "chunk_seconds",
        "full",
        "artifact_sha256",
        "plan",
        "photos",
        "artifacts",
        "settle_seconds",
    } & set(JOBS[kind][1].own()):
        assert getattr(parsed, name) == getattr(JOBS[kind][1], name)


def test_arguments_come_in_one_order_and_only_those_that_were_given() -> None:
    assert RefitArguments(k=50, full=True, region="eu-north-1").to_list() == [
        "--full",
        "--k",
        "50",
        "--region",
        "eu-north-1",
    ]
    assert MaintainArguments().to_list() == []
    assert ExtractArguments(region="r", report="p", manifest="m").to_list() == [
        "--manifest",
        "m",
        "--region",
        "r",
        "--report",
        "p",
    ]


def test_a_zero_and_an_empty_text_are_given_too() -> None:
    assert RefitArguments(k=0, variance=0.0).to_list() == ["--k", "0", "--variance", "0.0"]
    assert ExtractArguments(manifest="").to_list() == ["--manifest", ""]


def test_numbers_arrive_as_the_numbers_that_they_were() -> None:
    settings = refit_job.parse(whole(Kind.REFIT).to_list()).settings
    assert (settings.k, settings.k_min, settings.k_max, settings.variance, settings.standardize) == (5, 2, 9, 0.5, True)
    maintained = maintain_job.parse(whole(Kind.MAINTAIN).to_list())
    assert (maintained.keep, maintained.orphans) == (timedelta(days=2), timedelta(days=9))
    assert maintained.tables == ("a.b.c", "a.b.d")
