"""The notebook runs top to bottom, says what its text says, and the one of the project is that one, small and clean."""

import copy
from pathlib import Path
from typing import Any

import nbformat
import pytest

from notebooks.build import HERE, TELLTALE, executed, source, stripped, texts, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

COMMITTED = HERE / "fruits.ipynb"
MOST = 1_500_000
SAID = (
    "SHA-256 calculé dans un worker = celui de la fiche : True",
    "plus grand écart, workers contre driver : 0.0",
    "écart avec le driver et ces poids : 0.0",
    "réseau coupé, écart avec le driver : 0.0",
    "échec, <urlopen error réseau coupé>",
    "moteurs construits au plus une fois par processus : True",
    "lignes : 341, pour 341 photos",
    "lignes avant et après une seconde exécution : 341 341",
    "np.argmax(cumul >= 0.95) + 1 : 1 axe (faux)",
    "64 colonnes : écart relatif < 1e-9",
    "écart avec un SVD complet < 1e-6 : True",
    "mêmes nombres, CSV et Parquet  : True",
    "mêmes nombres, Parquet, Iceberg : True",
    "mode incremental : 105 lignes ajoutées, 0 ôtées, sur 441",
    "le premier modèle, refait sur l'instantané d'alors : True",
)
PICTURES = 6


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def notebook(scratch: Path) -> Any:
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("TMPDIR", str(scratch))
        return stripped(executed())


def pictures(notebook: Any) -> int:
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


def telltales(notebook: Any) -> list[str]:
    return [found.group() for text in texts(notebook) for found in TELLTALE.finditer(text)]


def test_it_runs_top_to_bottom_and_each_proof_holds(notebook: Any) -> None:
    said = "".join(texts(notebook))
    assert [line for line in SAID if line not in said] == []
    assert pictures(notebook) == PICTURES


@pytest.mark.usefixtures("notebook")
def test_it_leaves_no_cloud_and_no_files_behind(scratch: Path) -> None:
    assert list(scratch.glob("fruits-notebook-*")) == []


def test_what_is_kept_of_a_run_is_small_and_holds_no_path_and_no_time(notebook: Any, tmp_path: Path) -> None:
    write(notebook, tmp_path / "fruits.ipynb")
    assert (tmp_path / "fruits.ipynb").stat().st_size < MOST
    assert telltales(notebook) == []


def test_the_notebook_of_the_project_is_small_and_clean_and_has_its_outputs() -> None:
    found = nbformat.read(COMMITTED, as_version=4)
    assert COMMITTED.stat().st_size < MOST
    assert telltales(found) == []
    assert pictures(found) == PICTURES
    assert [line for line in SAID if line not in "".join(texts(found))] == []


def cells(notebook: Any) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def test_its_cells_are_those_of_its_source() -> None:
    assert cells(nbformat.read(COMMITTED, as_version=4)) == cells(source())


def test_red_twins_a_path_a_time_and_another_cell_are_seen() -> None:
    found = nbformat.read(COMMITTED, as_version=4)
    for text in ("/tmp/fruits-notebook-x", "2026-11-24 09:00:00", "http://127.0.0.1:4566"):  # noqa: S108
        marred = copy.deepcopy(found)
        marred.cells[2].outputs[0].text += text
        assert len(telltales(marred)) == 1
    marred.cells[0].source += "."
    assert cells(marred) != cells(source())
