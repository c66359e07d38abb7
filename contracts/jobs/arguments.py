"""The arguments of each job's entry point, `spark_app/<kind>_job.py`: every flag is written once, here. Pure.

Functions and commands build requests with these classes, and a test holds what each job parses to them. A field is the
flag of its name: `chunk_seconds` is `--chunk-seconds`. A field with its default gives no flag: another part of the
request has it, or the job's own default holds. Flags are in the order of the fields, so equal arguments give equal
requests.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class JobArguments:
    """What every job can be given: where objects are, and where its closing report goes."""

    region: str | None = None
    endpoint: str | None = None
    """URL of an S3 to use in place of AWS."""
    folder: str | None = None
    """file:// URL of a folder whose sub-folders stand for buckets."""
    report: str | None = None
    """URI of the closing report."""

    def to_list(self) -> list[str]:
        """Return the words of the command line: the job's own flags, then those of every job."""
        words: list[str] = []
        for name in (*self.own(), *JobArguments.__dataclass_fields__):
            value = getattr(self, name)
            if value is True:
                words.append(flag(name))
            elif value is not None and value is not False:
                words += [flag(name), str(value)]
        return words

    @classmethod
    def own(cls) -> list[str]:
        """Return the names of the fields that not every job has."""
        return [field.name for field in fields(cls) if field.name not in JobArguments.__dataclass_fields__]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractArguments(JobArguments):
    """One batch of photos becomes rows."""

    manifest: str | None = None
    """URI of the batch."""
    table: str | None = None
    artifact: str | None = None
    """URI of the folder that has the CNN."""
    results: str | None = None
    """URI of the folder to write results to."""
    models: str | None = None
    """URI of the folder of the published PCAs."""
    engine: str | None = None
    partitions: int | None = None
    again: bool = False
    chunk_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefitArguments(JobArguments):
    """A PCA is fitted and published."""

    full: bool = False
    standardize: bool = False
    k: int | None = None
    k_min: int | None = None
    k_max: int | None = None
    variance: float | None = None
    artifact_sha256: str | None = None
    table: str | None = None
    reduced: str | None = None
    models: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainArguments(JobArguments):
    """Tables get fewer files and a shorter past."""

    tables: str | None = None
    """With commas between them."""
    models: str | None = None
    keep_days: int | None = None
    orphan_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairArguments(JobArguments):
    """Photos with several rows keep one."""

    plan: bool = False
    table: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorArguments(JobArguments):
    """What a run meets is looked at."""

    photos: str | None = None
    """URI of the folder that photos are uploaded to."""
    artifacts: str | None = None
    """URI of the bucket of code, environment and CNN."""
    table: str | None = None
    """Its database gets a scratch table, which goes again."""
    settle_seconds: int | None = None
    """How long to wait for executors, at most."""


def flag(name: str) -> str:
    """Return the flag of a field."""
    return f"--{name.replace('_', '-')}"
