"""What a GET costs the client: obstore, as `spark_app.stores` uses it, against boto3 with as many threads.

Run as `python -m benchmarks.fetch`: starts a local cloud, uploads photos and prints a Markdown table. The arms take
turns, so that both meet the same machine; CPU is that of this process alone, the store's own is not in it.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.progress import track

from contracts.photos.manifest import Photo, photo_id
from infra.local.cloud import REGION, LocalCloud
from spark_app.photos.images import PhotoLimits, Rejected
from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.fetch import fetch
from spark_app.stores.prefetch import Window, prefetch

BUCKET = "photos"
PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data"
Arm = Callable[[list[Photo]], int]


def with_boto3(s3: Any, threads: int) -> Arm:
    """Fetch as boto3's guide to threads has it: one client, shared by all threads."""

    def get(photo: Photo) -> int:
        return len(s3.get_object(Bucket=BUCKET, Key=photo.key)["Body"].read())

    def arm(photos: list[Photo]) -> int:
        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(get, photos))

    return arm


def with_obstore(settings: StoreSettings, threads: int) -> Arm:
    """Fetch as the job does."""
    store = open_store(BUCKET, settings)

    def get(photo: Photo) -> int:
        answer = fetch(store, photo, PhotoLimits().bytes)
        if isinstance(answer, Rejected):
            raise RuntimeError(answer.detail)
        return len(answer.data)

    return lambda photos: sum(n for _, n in prefetch(photos, get, lambda photo: photo.size_bytes, Window(threads)))


def measure(arm: Arm, photos: list[Photo]) -> tuple[float, float]:
    """Return wall and CPU milliseconds of one GET."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    if arm(photos) != sum(photo.size_bytes for photo in photos):
        raise RuntimeError("an arm did not read every byte")
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1e3 * wall / len(photos), 1e3 * cpu / len(photos)


def upload(cloud: LocalCloud, files: list[Path]) -> list[Photo]:
    """Put the files into a bucket and return them as a manifest's photos."""
    s3 = cloud.target().client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    photos = []
    for number, file in enumerate(track(files, "Uploading")):
        key = f"{number}.jpg"
        s3.put_object(Bucket=BUCKET, Key=key, Body=file.read_bytes())
        size = file.stat().st_size
        photos.append(Photo(photo_id(BUCKET, key, None), BUCKET, key, size, "2026-11-24T00:00:00Z"))
    return photos


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")] = PHOTOS,
    count: Annotated[int, typer.Option(help="photos to fetch")] = 1_000,
    threads: Annotated[int, typer.Option(help="requests at once")] = 8,
    rounds: Annotated[int, typer.Option(help="how often the arms take turns")] = 5,
) -> None:
    """Print what a GET costs."""
    files = sorted(photos.glob("*/*/*.jpg"))
    files = files[:: max(1, len(files) // count)][:count]
    with TemporaryDirectory() as folder, LocalCloud.start(Path(folder)) as cloud:
        os.environ.update(cloud.environment())  # obstore's credentials
        taken = upload(cloud, files)
        settings = StoreSettings(REGION, endpoint=cloud.endpoint)
        arms = {
            "boto3": with_boto3(cloud.target().client("s3"), threads),
            "obstore": with_obstore(settings, threads),
        }
        for arm in arms.values():
            arm(taken[: 10 * threads])  # connections are open before the clock runs
        found = [{name: measure(arm, taken) for name, arm in arms.items()} for _ in track(range(rounds), "Fetching")]
    kilobytes = sum(file.stat().st_size for file in files) / len(files) / 1e3
    typer.echo(f"{len(files):,} photos of {kilobytes:.1f} KB, {threads} threads, median of {rounds} rounds\n")
    typer.echo("| client | GETs a second | CPU of the client per GET |\n| --- | --- | --- |")
    for name in arms:
        wall, cpu = (statistics.median(each[name][column] for each in found) for column in (0, 1))
        typer.echo(f"| {name} | {1e3 / wall:,.0f} | {cpu:.2f} ms |")


if __name__ == "__main__":
    typer.run(main)
