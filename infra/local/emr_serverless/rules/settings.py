"""The settings of this machine, read once from the environment. A wrong value stops the start."""

import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .master import CLUSTER, LOCAL

_PREFIX = "EMR_SERVERLESS_"
_OF_RELEASE = frozenset({"SPARK_SUBMIT", "CONF", "ENV", "PATHS", "MISSING"})
_JOB = _OF_RELEASE | {"PYTHON", "ARCHIVES", "SCRATCH", "MASTER"}
_ACCESS = frozenset({"CREDENTIAL_MINUTES", "TOKEN"})
_KNOWN = _JOB | _ACCESS | {"RELEASES", "MINUTE_SECONDS", "BILL_MINUTES", "THROTTLING"}
_PASSED_ON = ("JAVA_HOME",)


@dataclass(frozen=True, slots=True)
class EmulatorSettings:
    """How jobs run here.

    `spark_submit` begins the command. `properties` describe this machine (class path, endpoints, folders) and win over
    the job's own. `environment` is added to the little that a job's environment has. `paths` maps files of the EMR
    image to files of this machine; an empty name drops them. `missing` says what this machine lacks for a job, which
    then fails. `releases` are the settings for applications of other releases, by their labels. `master` says where
    executors run, `cores` how many cores the machine has. `credential_minutes` is how long credentials are good,
    `token_in_file` how a job is told the token for them. For tests: `minute_seconds` is how long a minute of a request
    lasts, `bill_minutes` after how many such minutes a run's bill is known.
    """

    endpoint: str
    scratch: Path
    spark_submit: tuple[str, ...] = ("spark-submit",)
    python: str = "python3"
    properties: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""
    releases: Mapping[str, "EmulatorSettings"] = field(default_factory=dict)
    unpack_archives: bool = True
    master: str = LOCAL
    cores: int = 2
    credential_minutes: float = 15.0
    token_in_file: bool = False
    minute_seconds: float = 60.0
    bill_minutes: float = 0.0
    throttling: bool = False

    @property
    def executors_apart(self) -> bool:
        """Whether executors are processes of their own."""
        return self.master == CLUSTER

    def of(self, release_label: str) -> "EmulatorSettings":
        """Return the settings for an application of this release."""
        return self.releases.get(release_label, self)


def read(environ: Mapping[str, str]) -> EmulatorSettings:
    """Read `EMR_SERVERLESS_*`. Raises ValueError, which names the variable, for a value that cannot be used.

    `EMR_SERVERLESS_RELEASES` has, by the label of another release, the variables that differ, without their prefix.
    """
    given = {name.removeprefix(_PREFIX): value for name, value in environ.items() if name.startswith(_PREFIX)}
    if unknown := sorted(set(given) - _KNOWN):
        raise ValueError(f"no such setting: {', '.join(_PREFIX + name for name in unknown)}")
    others = _object(given, "RELEASES").items()
    releases = {label: _read(given | _of_release(label, other), environ) for label, other in others}
    return replace(_read(given, environ), releases=releases)


def _read(given: Mapping[str, str], environ: Mapping[str, str]) -> EmulatorSettings:
    port = environ.get("GATEWAY_PORT") or environ.get("EDGE_PORT") or "4566"
    passed_on = {name: environ[name] for name in _PASSED_ON if name in environ}
    return EmulatorSettings(
        endpoint=f"http://127.0.0.1:{port}",
        scratch=Path(given.get("SCRATCH") or Path(tempfile.gettempdir()) / f"emr-serverless-{port}"),
        spark_submit=_found(shlex.split(given.get("SPARK_SUBMIT", "spark-submit")), environ),
        python=given.get("PYTHON") or shutil.which("python3") or sys.executable,
        properties=_mapping(given, "CONF"),
        environment={**passed_on, **_mapping(given, "ENV")},
        paths=_mapping(given, "PATHS"),
        missing=given.get("MISSING", ""),
        unpack_archives=_choice(given, "ARCHIVES", ("unpack", "ignore")) == "unpack",
        master=_choice(given, "MASTER", (LOCAL, CLUSTER)),
        cores=os.cpu_count() or 1,
        credential_minutes=_number(given, "CREDENTIAL_MINUTES", 15.0, above_zero=True),
        token_in_file=_choice(given, "TOKEN", ("variable", "file")) == "file",
        minute_seconds=_number(given, "MINUTE_SECONDS", 60.0, above_zero=True),
        bill_minutes=_number(given, "BILL_MINUTES", 0.0, above_zero=False),
        throttling=_choice(given, "THROTTLING", ("off", "on")) == "on",
    )


def _found(command: list[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command with its program's path: a job's own PATH is not this one."""
    return (shutil.which(command[0], path=environ.get("PATH")) or command[0], *command[1:])


def _of_release(label: str, differs: Any) -> dict[str, str]:
    if not isinstance(differs, dict) or set(differs) - _OF_RELEASE:
        raise ValueError(f"{_PREFIX}RELEASES: {label} may have {', '.join(sorted(_OF_RELEASE))}, and nothing else")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in differs.items()}


def _mapping(given: Mapping[str, str], name: str) -> dict[str, str]:
    value = _object(given, name)
    if not all(isinstance(part, str) for part in value.values()):
        raise ValueError(f"{_PREFIX}{name} is no JSON object of strings")
    return value


def _object(given: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        value = json.loads(given.get(name, "{}"))
    except ValueError as error:
        raise ValueError(f"{_PREFIX}{name} is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ValueError(f"{_PREFIX}{name} is no JSON object")
    return value


def _choice(given: Mapping[str, str], name: str, choices: tuple[str, str]) -> str:
    value = given.get(name, choices[0])
    if value not in choices:
        raise ValueError(f"{_PREFIX}{name} is {value!r}; it is one of {', '.join(choices)}")
    return value


def _number(given: Mapping[str, str], name: str, default: float, *, above_zero: bool) -> float:
    value = given.get(name, str(default))
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not (number > 0 if above_zero else number >= 0):
        raise ValueError(
            f"{_PREFIX}{name} is {value!r}, not a {'positive number' if above_zero else 'number from 0 on'}"
        )
    return number
