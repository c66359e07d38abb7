"""From the start of spark-submit to the first committed row: from the packed environment, and without it.

Run as `python -m benchmarks.first_row.environment --artifact build/artifacts/efficientnet_lite0-224-fp32`: prints a
Markdown table. One photo, two executors that are processes of their own, the environment of this checkout or a Python
as it stands, in turns; the least and the median of each.
"""

import platform
import statistics
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
from infra.samples.carried import PHOTOS, carried

COMMITTED = ": chunk 1 of 1: "
"""The extract job says it once its rows are committed."""


def main(
    artifact: Annotated[Path, typer.Option(help="folder of an exported CNN")],
    rounds: Annotated[int, typer.Option(help="runs of each")] = 5,
) -> None:
    """Print how long each takes to its first row, and to its end."""
    archive = built(platform.machine())
    if archive is None:
        raise typer.BadParameter("there is no packed environment: run `fruits environment build`")
    arms = {"packed environment": archive, "Python as it stands": None}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for _ in track(range(rounds), "rounds"):
        for name, packed in arms.items():
            with tempfile.TemporaryDirectory() as folder:
                taken[name].append(run(PackedCluster.prepare(Path(folder), IN_USE, packed), artifact.resolve()))
    typer.echo("| | first row, least | median | exit, least | median |\n| --- | --- | --- | --- | --- |")
    for name, runs in taken.items():
        columns = (f"{found:.1f} s" for column in zip(*runs, strict=True) for found in summary(column))
        typer.echo(f"| {name} | {' | '.join(columns)} |")


def summary(seconds: tuple[float, ...]) -> tuple[float, float]:
    """Return the least and the median."""
    return min(seconds), statistics.median(seconds)


def run(cluster: PackedCluster, artifact: Path) -> tuple[float, float]:
    """Run a batch of one photo; return the seconds until its row was committed, and until the process ended."""
    manifest = cluster.folder / "batch.jsonl"
    manifest.write_bytes(batch())
    asked = ("--manifest", str(manifest), "--table", "fruits.lake.photos", "--artifact", str(artifact))
    began, row = time.perf_counter(), 0.0
    with cluster.start("extract_job.py", *asked, "--folder", f"file://{PHOTOS.parent}") as job:
        for line in job.stdout or ():
            row = row or (time.perf_counter() - began if COMMITTED in line else 0.0)
    if job.returncode or not row:
        raise GiveUp(f"the job failed:\n{cluster.errors.read_text()[-4000:]}")
    return row, time.perf_counter() - began


def batch() -> bytes:
    """Return the manifest of one carried photo, where it lies: its folder stands for the bucket."""
    source = next(iter(carried().values()))[0]
    bucket, key = PHOTOS.name, str(source.relative_to(PHOTOS))
    name = photo_id(bucket, key, None)
    return encode("b", [Photo(name, bucket, key, source.stat().st_size, "2026-11-23T10:00:00Z")])


if __name__ == "__main__":
    typer.run(main)
