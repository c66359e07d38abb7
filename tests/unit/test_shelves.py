"""Where tests and benchmarks may take things from: from plainly named modules, and not from each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests", "benchmarks")


def imported(tree: ast.AST) -> Iterator[str]:
    """All that a module imports, a name after its module: `a.b` for `from a import b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong(folder: str, source: str) -> list[str]:
    """What a module of a folder imports although it may not."""
    other = {"tests": "benchmarks", "benchmarks": "tests"}.get(folder)
    parts = {name: name.split(".") for name in imported(ast.parse(source))}
    forbidden = {other} if other else set(FOLDERS)
    return [name for name, path in parts.items() if path[0] in forbidden or _from_a_test(path)]


def _from_a_test(path: list[str]) -> bool:
    return path[0] in FOLDERS and any(part.startswith("test_") for part in path[1:])


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_no_module_imports_from_a_test_and_tests_and_benchmarks_do_not_import_each_other() -> None:
    for folder in ("contracts", "functions", "spark_app", "infra", *FOLDERS):
        assert modules(folder), folder
        found = {str(path.relative_to(ROOT)): wrong(folder, path.read_text()) for path in modules(folder)}
        assert {path: names for path, names in found.items() if names} == {}


def test_red_twin_each_way_round_is_found() -> None:
    assert wrong("tests", "from tests.unit.test_a import rows") == ["tests.unit.test_a.rows"]
    assert wrong("tests", "def f():\n    from tests.unit import test_a") == ["tests.unit.test_a"]
    assert wrong("tests", "import benchmarks.pca") == ["benchmarks.pca"]
    assert wrong("benchmarks", "from tests import fakes") == ["tests.fakes"]
    assert wrong("infra", "from tests import fakes\nfrom benchmarks import pca") == ["tests.fakes", "benchmarks.pca"]


def test_what_is_shared_in_the_open_is_welcome() -> None:
    assert wrong("tests", "from tests.fakes.lake import pointer\nimport infra.samples") == []
    assert wrong("benchmarks", "from benchmarks.pca import page\nfrom infra.samples import features") == []
