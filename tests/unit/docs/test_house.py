"""The map of the house is the house: what it names is there, and what is there it names."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MAP = ROOT / "docs" / "house.md"
PAGES = (MAP, ROOT / "CONTRIBUTING.md")
HOUSES = ("contracts", "functions/chalicelib", "spark_app", "infra")
BASES = (ROOT, ROOT / "functions" / "chalicelib", ROOT / "spark_app")
"""Where a path on a page may begin: a step in the Spark house need not repeat its name."""
_PATH = re.compile(r"`([\w.*-]+/[\w.*/-]*)`|\]\(([\w./-]+)\)")


def paths(page: str) -> Iterator[str]:
    for code, link in _PATH.findall(page):
        yield code or link


def there(path: str, page: Path) -> bool:
    bases = [page.parent, *BASES]
    return any(any(base.glob(path.rstrip("/"))) for base in bases)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    named = list(paths(page.read_text()))

    assert len(named) > 10
    assert [path for path in named if not there(path, page)] == []


def test_red_twin_a_path_that_is_not_there_is_found() -> None:
    (named,) = paths("see `spark_app/nowhere.py`")

    assert not there(named, MAP)


@pytest.mark.parametrize("house", HOUSES)
def test_the_map_names_every_room(house: str) -> None:
    drawn = MAP.read_text()
    rooms = [path.parent for path in sorted((ROOT / house).glob("*/__init__.py"))]

    assert rooms
    assert [str(room) for room in rooms if f"{room.name}/" not in drawn] == []


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_contracts_stand_on_the_standard_library_alone() -> None:
    files = list((ROOT / "contracts").rglob("*.py"))

    assert files
    assert {name for path in files for name in imported(path)} <= {*sys.stdlib_module_names, "contracts"}


def test_red_twin_another_house_uses_more(tmp_path: Path) -> None:
    (tmp_path / "more.py").write_text("from numpy import array\nimport json\n")

    assert imported(tmp_path / "more.py") - sys.stdlib_module_names == {"numpy"}
