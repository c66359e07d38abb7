"""Tests of this folder compute: one that connects, starts a process or loads TensorFlow fails, by name."""

import builtins
import os
import socket
import subprocess
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

import pytest

ELSEWHERE = "this is a unit test: move it to tests/integration"
NETWORKS = ("tensorflow", "keras")
DOORS: tuple[tuple[Any, str], ...] = (
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (subprocess.Popen, "__init__"),
    (BaseProcess, "start"),
    *((os, name) for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")),
)
"""All ways out that a test could take; a JVM is a process too."""


def _refusing(what: str) -> Any:
    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail(f"{what}: {ELSEWHERE}")  # passes an `except Exception` on its way

    return refuse


@pytest.fixture(scope="module", autouse=True)
def nothing_but_computing() -> Iterator[None]:
    """Shut the doors, before any other fixture of a module is made."""
    import_as_ever = builtins.__import__

    def guarded_import(name: str, *more: Any, **named: Any) -> Any:
        if name.partition(".")[0] in NETWORKS:
            pytest.fail(f"import {name}: {ELSEWHERE}")
        return import_as_ever(name, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in DOORS:
            patch.setattr(owner, name, _refusing(f"{owner.__name__}.{name}"))
        patch.setattr(builtins, "__import__", guarded_import)
        yield
