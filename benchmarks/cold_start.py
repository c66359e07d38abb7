"""What a function's cold start costs on this machine: importing what was built, and making its clients.

Run as `python -m benchmarks.cold_start`: prints a Markdown table, the median of fresh processes. Lambda adds the start
of its sandbox, and gives a function of 512 MB about a third of a core.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from infra.deployment.sam import BUILT, Sam
from infra.deployment.template_settings import complete_environment

PROGRAM = """
import sys, time, json
sys.path[:0] = {paths!r}
start = time.perf_counter()
import app
imported = time.perf_counter()
from chalicelib.wiring import wiring
wiring().{front}
print(json.dumps([imported - start, time.perf_counter() - imported]))
"""
FRONTS = {"collect": "ledger", "submit": "submitter", "refit": "scheduled_jobs"}


def main(rounds: Annotated[int, typer.Option(help="fresh processes of each function")] = 15) -> None:
    """Print what importing and wiring take, and how large the zip is."""
    with tempfile.TemporaryDirectory() as folder:
        Sam(Path(folder) / "sam.log").build()
        built = BUILT / "CollectFunction"
        size = Path(shutil.make_archive(f"{folder}/zip", "zip", built)).stat().st_size
    spec = find_spec("boto3")
    packages = str(Path(str(spec and spec.origin)).parents[1])
    typer.echo(f"zip {size / 1e6:.1f} MB\n\n| function | import | clients |\n| --- | --- | --- |")
    for name, front in FRONTS.items():
        program = PROGRAM.format(paths=[str(built), packages], front=front)
        runs = [_run(program) for _ in track(range(rounds), name)]
        imported, wired = (1e3 * statistics.median(column) for column in zip(*runs, strict=True))
        typer.echo(f"| {name} | {imported:.0f} ms | {wired:.0f} ms |")


def _run(program: str) -> list[float]:
    command = [sys.executable, "-I", "-S", "-B", "-c", program]  # nothing compiled into the built folder
    environment = complete_environment() | {"POWERTOOLS_TRACE_DISABLED": "true", "POWERTOOLS_LOG_LEVEL": "INFO"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    typer.run(main)
