"""Building the functions, with a program in SAM's place that shows who is in whose way."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.deployment.sam import Sam

BUILDS = """#!/usr/bin/env bash
set -e
[[ $1 = build ]]
mkdir "$5"        # fails where another build is at work
sleep 0.3
echo built >> "$5/template.yaml"
"""


@pytest.fixture
def sam(tmp_path: Path) -> Sam:
    program = tmp_path / "sam"
    program.write_text(BUILDS)
    program.chmod(0o755)
    return Sam(tmp_path / "sam.log", program, tmp_path / "built")


def test_two_processes_that_build_at_once_build_once_and_none_is_in_the_others_way(sam: Sam) -> None:
    with ThreadPoolExecutor(2) as pool:
        templates = list(pool.map(lambda _: sam.build(), range(2)))

    assert [template.read_text() for template in templates] == ["built\n"] * 2


def test_what_is_built_from_these_sources_is_not_built_again(sam: Sam) -> None:
    sam.build()

    assert sam.build().read_text() == "built\n"
