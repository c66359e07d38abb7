"""Run an unpacked archive for real: moved, with an empty environment, importing all that the jobs import."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.emr.environment.inputs import HERE

PROBE = HERE / "check" / "probe.py"
ALSO = ("bz2", "ctypes", "decimal", "lzma", "multiprocessing.shared_memory", "ssl", "xml.etree.ElementTree")
"""Modules of the standard library that need a C library of ours, and that packages rather than jobs import."""
_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Trial:
    """How a run went. `not_run` says why there was none; then nothing else is known."""

    on: str
    not_run: str | None = None
    told: Mapping[str, object] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


def try_out(root: Path, on: str, modules: Sequence[str], through: Sequence[str] = ()) -> Trial:
    """Run the archive unpacked in `root`, a folder named `environment`, and import these modules.

    `on` is the machine's name for people; `through` is what the interpreter is run by: an emulator, another loader.
    """
    command = [*through, f"./{root.name}/bin/python", "-c", PROBE.read_text(), *ALSO, *modules]
    try:
        ended = subprocess.run(  # noqa: S603  the archive's own interpreter
            command, cwd=root.parent, env={}, capture_output=True, text=True, timeout=_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Trial(on, wrong=(f"on {on} the interpreter does not run: {error}",))
    lines = ended.stdout.splitlines()
    if ended.returncode or not lines:
        end = ended.stderr.strip().splitlines()[-3:]
        return Trial(on, wrong=(f"on {on} the interpreter ends with code {ended.returncode}: {' | '.join(end)}",))
    told = json.loads(lines[-1])
    return Trial(on, told=told, wrong=tuple(f"on {on}: {sentence}" for sentence in judged(told, root)))


def judged(told: Mapping[str, object], root: Path) -> list[str]:
    """Return what is wrong with what the probe told. Pure."""
    failed, outside = told["failed"], told["outside"]
    assert isinstance(failed, dict)  # noqa: S101  for the type checker
    return [
        *(f"import {name} fails: {error}" for name, error in failed.items()),
        *([f"Python looks for modules outside the archive: {outside}"] if outside else []),
        *([] if told["prefix"] == str(root) else [f"it takes {told['prefix']} for its place, not {root}"]),
    ]
