"""What a run of an archive is judged by, where else it can be run, and what must not reach a build."""

from pathlib import Path

import pytest

from infra.cli.environment_views import offered_lines
from infra.emr.environment.check.checking import folders_of_machine
from infra.emr.environment.check.systems import NEOVERSE_N1, SYSTEMS, system_for
from infra.emr.environment.check.trial import judged
from infra.emr.environment.inputs import ARCHITECTURES, ROOT, Source
from infra.emr.environment.toolchain import clean

MOVED = Path("/moved/environment")
RIGHT: dict[str, object] = {"prefix": str(MOVED), "failed": {}, "outside": []}


def test_a_run_from_its_own_place_with_all_imports_is_right() -> None:
    assert judged(RIGHT, MOVED) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"failed": {"numpy": "ImportError: no"}}, "import numpy fails: ImportError: no"),
        ({"outside": ["/home/someone/.local/lib"]}, "outside the archive: ['/home/someone/.local/lib']"),
        ({"prefix": "/usr"}, "takes /usr for its place, not /moved/environment"),
    ],
)
def test_red_twin_a_run_that_needs_this_machine_is_found(changed: dict[str, object], says: str) -> None:
    (sentence,) = judged({**RIGHT, **changed}, MOVED)

    assert says in sentence


def test_each_architecture_is_tried_elsewhere_on_an_x86_machine() -> None:
    on = {arch: system_for(arch, "x86_64") for arch in ARCHITECTURES}

    assert {arch: system.name for arch, system in on.items() if system} == {"x86_64": "older", "aarch64": "emulated"}
    for system in filter(None, on.values()):
        assert all(len(pin["sha256"]) == 64 and pin["version"] for pin in system.packages.values())
    assert system_for("x86_64", "aarch64") is None
    assert SYSTEMS.is_file()


def test_the_emulated_machine_calls_itself_an_arm_core() -> None:
    assert "CPU part\t: 0xd0c\n" in NEOVERSE_N1


def test_flags_and_packages_of_the_machine_do_not_reach_a_build() -> None:
    mine = {"PATH": "/bin", "CFLAGS": "-march=native", "PYTHONPATH": "/x", "PYTHONOPTIMIZE": "2", "CONFIG_SITE": "/y"}

    assert clean(mine) == {"PATH": "/bin"}


def test_an_archive_is_searched_for_this_checkout() -> None:
    assert str(ROOT) in folders_of_machine()
    assert "/" not in folders_of_machine()


def test_what_a_mirror_offers_is_printed_as_lines_to_pin() -> None:
    pinned = Source("zlib", "1.2", "Zlib", {"zlib_1.2.tar.gz": "aa"})

    assert list(offered_lines(pinned, {"zlib_1.2.tar.gz": "aa"})) == ["# zlib 1.2: as pinned"]
    assert list(offered_lines(pinned, {"zlib_1.3.tar.gz": "bb"})) == [
        "# zlib: pinned is 1.2; the mirror offers this", '"zlib_1.3.tar.gz" = "bb"',
    ]  # fmt: skip
    assert list(offered_lines(pinned, {})) == ["# zlib: pinned is 1.2; the mirror offers nothing"]
