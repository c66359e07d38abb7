"""A finding of the doctor, and what it is held against. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.jobs.emr_release import IN_USE, Release


class Level(StrEnum):
    """How good a finding is. `FAIL` means that something must be mended, `WARN` that it is worth knowing."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in words, what it means, and what to do about it (empty where nothing is to be done)."""

    value: str
    meaning: str
    level: Level = Level.OK
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict by its name."""

    name: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Place:
    """What is expected: the real image has what a local cloud cannot have."""

    on_aws: bool
    architecture: str = "X86_64"
    release: Release = field(default=IN_USE)


@dataclass(frozen=True, slots=True)
class Observed:
    """The doctor's run as this side saw it. `…_after`: seconds from its end; None: not within `patience` seconds."""

    run_id: str
    state: str
    details: str
    requested_at: datetime
    stored_after: float | None
    """Its standard output was in S3."""
    live_after: float | None
    """It was in CloudWatch."""
    billed_after: float | None
    billed: Mapping[str, float]
    patience: float
    found: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What its probes found, by their names; empty where the run reported nothing."""


def gigabytes(count: float) -> str:
    """Return bytes in words, in GB of 1024³."""
    return f"{count / 1024**3:.1f} GB"


def numbers(version: str | None) -> tuple[int, ...]:
    """Return the numbers that a version begins with, as `glibc 2.34` or `3.5.8-amzn-0` has them."""
    words = (version or "").replace("-", " ").split()
    named = next((word for word in words if word[:1].isdigit()), "")
    parts = named.replace("_", ".").split(".")
    return tuple(int(part) for part in parts if part.isdigit())
