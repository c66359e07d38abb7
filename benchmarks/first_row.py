"""From the start of spark-submit to the first committed row: from the packed environment, and without it.

Run as `python -m benchmarks.first_row`: prints a Markdown table. One photo, two executors that are processes of their
own, the environment of this checkout or a Python as it stands, in turns; the least and the median of each.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from contracts.errors import GiveUp
from contracts.jobs.emr_release import IN_USE
from contracts.photos.manifest import Photo, encode, photo_id
from infra.emr.environment.archives import built
from infra.local.packed_cluster import PackedCluster
from infra.samples.carried import carried

COMMITTED = ": chunk 1 of 1: "
"""The extract job says it once its rows are committed."""


def main(
    artifact: Annotated[Path, typer.Option(help="folder of an exported CNN")],
    rounds: Annotated[int, typer.Option(help="runs of each")] = 5,
) -> None:
    """Print how long each takes to its first row, and to its end."""
    archive = built("x86_64")
    if archive is None:
        raise typer.BadParameter("there is no packed environment: run `fruits environment build`")
    arms = {"packed environment": (archive, "./environment/bin/python"), "Python as it stands": (None, sys.executable)}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for _ in track(range(rounds), "rounds"):
        for name, (packed, python) in arms.items():
            with tempfile.TemporaryDirectory() as folder:
                cluster = PackedCluster.prepare(Path(folder), IN_USE, packed, python)
                taken[name].append(run(cluster, artifact.resolve()))
    typer.echo("| | first row, least | median | exit, least | median |\n| --- | --- | --- | --- | --- |")
    for name, runs in taken.items():
        columns = (f"{found:.1f} s" for column in zip(*runs, strict=True) for found in summary(column))
        typer.echo(f"| {name} | {' | '.join(columns)} |")


def summary(seconds: tuple[float, ...]) -> tuple[float, float]:
    """Return the least and the median."""
    return min(seconds), statistics.median(seconds)


def run(cluster: PackedCluster, artifact: Path) -> tuple[float, float]:
    """Run a batch of one photo; return the seconds until its row was committed, and until the process ended."""
    asked = (
        "--manifest",
        str(write_batch(cluster.folder)),
        "--table",
        "fruits.lake.photos",
        "--artifact",
        str(artifact),
    )
    began = time.perf_counter()
    job = cluster.start("extract_job.py", *asked, "--folder", f"file://{cluster.folder}")
    row, said = 0.0, []
    for line in job.stderr or ():
        said.append(line)
        row = row or (time.perf_counter() - began if COMMITTED in line else 0.0)
    if job.wait() or not row:
        raise GiveUp(f"the job failed:\n{''.join(said)[-4000:]}")
    return row, time.perf_counter() - began


def write_batch(folder: Path) -> Path:
    """Write one photo and the manifest that asks for it; return the manifest's path."""
    source = next(iter(carried().values()))[0]
    (folder / "photos").mkdir()
    (folder / "photos" / source.name).write_bytes(source.read_bytes())
    name = photo_id("photos", source.name, None)
    photo = Photo(name, "photos", source.name, source.stat().st_size, "2026-11-23T10:00:00Z", owner_id="o1")
    manifest = folder / "batch.jsonl"
    manifest.write_bytes(encode("b", [photo]))
    return manifest


if __name__ == "__main__":
    typer.run(main)
