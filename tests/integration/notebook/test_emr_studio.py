"""For EMR Studio only the first cell is another one, and all that the cells import is in what a session takes."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.jobs.emr_release import by_label
from contracts.jobs.places import Versions
from infra.emr.package import code_zip
from infra.ops.stack import Stack
from notebooks import emr_studio
from notebooks.build import source

VERSIONS = Versions("a" * 64, "b" * 64, "c" * 64)
STACK = Stack(
    "dev", "photos", "lake", "artifacts", VERSIONS, "X86_64", by_label("emr-7.14.0"), "ledger", "fruits_dev", "uploads",
    "dead", "app", "submit", "refit", "maintain",
)  # fmt: skip
CELLS = emr_studio.first_cells(STACK, "eu-west-3", ["20261124T080000-aa", "20261124T090000-bb"])


def test_all_cells_but_the_first_are_those_of_the_laptop() -> None:
    here, there = source().cells, emr_studio.for_emr(CELLS).cells
    (place,) = (number for number, cell in enumerate(here) if "place" in cell.metadata.get("tags", []))
    assert [cell.source for cell in there[:place]] == [cell.source for cell in here[:place]]
    assert [cell.source for cell in there[place + 2 :]] == [cell.source for cell in here[place + 1 :]]
    assert [cell.source for cell in there[place : place + 2]] == CELLS


def test_the_session_is_configured_as_a_run_of_the_pipeline_with_its_python_and_both_zips() -> None:
    magic, _, asked = CELLS[0].partition("\n")
    conf = json.loads(asked)["conf"]
    assert magic == "%%configure -f"
    assert conf["spark.archives"] == f"s3://artifacts/environment/{'b' * 64}.tar.gz#environment"
    assert conf["spark.submit.pyFiles"].split(",") == [
        f"s3://artifacts/code/{'a' * 64}/fruits.zip", "s3://artifacts/code/notebook.zip",
    ]  # fmt: skip
    assert conf["spark.sql.catalog.fruits.type"] == "glue"


def imported(notebook: Any) -> set[tuple[str, str]]:
    """Return the modules of ours that the cells import, each with a name that they take from it."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "code" and not cell.source.startswith("%%")]
    found = [node for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    return {(str(node.module), name.name) for node in found for name in node.names if str(node.module).startswith(OURS)}


OURS = ("contracts", "spark_app", "infra", "notebooks")


@pytest.fixture
def zips(tmp_path: Path) -> list[str]:
    for name, data in (("fruits.zip", code_zip()), (emr_studio.ZIP, emr_studio.packed())):
        (tmp_path / name).write_bytes(data)
    return [str(tmp_path / "fruits.zip"), str(tmp_path / emr_studio.ZIP)]


def import_from(zips: list[str], folder: Path, without: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    """Import what the cells import, with our code from the zips alone, and without boto3, which a run has not."""
    program = f"""
import importlib, sys
from pathlib import Path
ours = ("notebooks", "chalicelib")
sys.path[:] = {zips!r} + [one for one in sys.path if not any(Path(one, name).is_dir() for name in ours)]
sys.meta_path = [one for one in sys.meta_path if "editable" not in type(one).__module__.lower()]
for name in ("boto3", "botocore", "tensorflow", "typer", *{without!r}):
    sys.modules[name] = None
for parent, name in {sorted(imported(emr_studio.for_emr(CELLS)))!r}:
    if not hasattr(importlib.import_module(parent), name):
        importlib.import_module(parent + "." + name)
import spark_app, notebooks
print(spark_app.__file__, notebooks.__file__)
"""
    return subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, cwd=folder, env={})


def test_all_that_the_cells_import_comes_out_of_the_two_zips(zips: list[str], tmp_path: Path) -> None:
    ran = import_from(zips, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count(".zip/") == 2


def test_red_twin_without_the_notebook_s_zip_they_are_not_found(zips: list[str], tmp_path: Path) -> None:
    assert "No module named" in import_from(zips[:1], tmp_path).stderr
