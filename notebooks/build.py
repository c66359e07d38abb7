"""From the notebook's source to the notebook: executed by a real kernel, its outputs without times, paths and noise."""

import base64
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parent
SOURCE = HERE / "fruits.py"
WIDEST = 1600
"""Pixels of a picture: small points and their colours can still be told apart."""
COLOURS = 256
TIMEOUT = 300
"""Seconds of a cell: a hung one fails."""
TELLTALE = re.compile(r"(/home/|/tmp/|/root/|/work/|[A-Z]:\\|127\.0\.0\.1|localhost|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d)")
"""What an output must not hold: a path, an address, a time of the machine that executed it."""


def source() -> Any:
    """Return the notebook without outputs. Its cells have ids that stay the same."""
    found = jupytext.read(SOURCE, fmt="py:percent")
    for number, cell in enumerate(found.cells):
        cell["id"] = f"cell-{number:02d}"
    found.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return found


def executed() -> Any:
    """Return the notebook, executed top to bottom in a kernel of this Python. Raises CellExecutionError.

    Each cell's `metadata.execution` has the times at which it began and ended.
    """
    found = source()
    paths = os.pathsep.join((str(ROOT), str(ROOT / "functions")))
    client = NotebookClient(
        found,
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(ROOT)}},
        shutdown_kernel="graceful",  # a kernel that is killed leaves its local cloud behind
    )
    client.create_kernel_manager().shutdown_wait_time = TIMEOUT
    client.execute(
        env={**os.environ, "PYTHONPATH": paths, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    )
    return found


def stripped(notebook: Any) -> Any:
    """Return it with what belongs to the content alone: no counts, times, error streams or widgets; small pictures."""
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in ("tags",) if name in cell.metadata}
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [one for one in map(_output, cell.outputs) if one is not None]
    return notebook


def _output(output: Any) -> Any:
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    data = output.get("data", {})
    if "image/png" in data:
        data["image/png"] = base64.b64encode(small(base64.b64decode(data["image/png"]))).decode()
        data["text/plain"] = "<image>"
    output["metadata"] = {}
    if output.output_type == "execute_result":
        output["execution_count"] = None
    return output


def small(picture: bytes) -> bytes:
    """Return a PNG at most `WIDEST` wide, in few colours."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    drawn = io.BytesIO()
    # An octree keeps the colours of few pixels; the default method gives all colours to the large areas.
    image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


def texts(notebook: Any) -> Iterator[str]:
    """Yield all text that the cells put out."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))


def write(notebook: Any, target: Path) -> None:
    """Write the notebook, checked against nbformat's schema."""
    nbformat.validate(notebook)
    target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
