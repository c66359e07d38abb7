"""Where a photo's CPU time goes: `python -m benchmarks.extract.profile`, about two minutes.

Takes the steps of a task apart in this process, then a warm job by its processes, and writes `PROFILE.md`. The parts of
a task do not add up to it: a CNN that runs right after another step finds its weights out of the cache.
"""

import io
import os
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pyarrow as pa
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from rich.console import Console

from benchmarks.extract import meter
from benchmarks.extract.arms.common import pixels
from benchmarks.extract.photo_sets import BUILD, ROOT, SETS, link_photos, make
from benchmarks.extract.report import machine
from contracts.photos.manifest import Photo
from spark_app.extract.per_photo import PhotoSettings
from spark_app.extract.task import run_share, share_of
from spark_app.network.artifact import load
from spark_app.network.backbones import artifact_name
from spark_app.network.engine import EngineSpec, LiteRTEngine
from spark_app.photos.images import Decoded, decode
from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.fetch import fetch
from spark_app.stores.prefetch import Window, prefetch

ARTIFACT = ROOT / "build" / "artifacts" / artifact_name()
STEP_PHOTOS, ROUNDS, SIZE = 800, 3, 224


class _Payload:
    value = None


def steps(photos: Path) -> dict[str, float]:
    """Return milliseconds of CPU a photo for each step of a task, the least of some rounds."""
    files = link_photos("fruits360", photos, STEP_PHOTOS)
    paths = sorted(files.glob("*/*.jpg"))
    contents = [path.read_bytes() for path in paths]
    engine = LiteRTEngine(load(ARTIFACT).flatbuffer)
    decoded = [image for image in (decode(data, SIZE) for data in contents) if isinstance(image, Decoded)]
    opened = [_loaded(data) for data in contents]
    store = StoreSettings(folder=f"file://{files.parent}")
    keys = [_photo(path, files) for path in paths]
    bucket = open_store(files.name, store)
    share = pa.py_buffer(share_of(keys))
    engine_spec = EngineSpec("profile", lambda _: engine, _Payload())
    work: dict[str, Callable[[], object]] = {
        "fetch from a folder, 32 at once": lambda: list(
            prefetch(keys, lambda key: fetch(bucket, key, 25 << 20), lambda key: key.size_bytes, Window())
        ),
        "decode, with limits and named rejections": lambda: [decode(data, SIZE) for data in contents],
        "… of it: the JPEG decoder": lambda: [_loaded(data) for data in contents],
        "… of it: bicubic to 224 by 224": lambda: [i.resize((SIZE, SIZE), Image.Resampling.BICUBIC) for i in opened],
        "a peer's decode, without limits": lambda: [pixels(data, SIZE) for data in contents],
        "CNN": lambda: [engine.features(image.pixels[None]) for image in decoded],
        "all of a task: fetch, decode, CNN, hash, Arrow": lambda: list(
            run_share(share, PhotoSettings(store, SIZE), engine_spec, Counter(), [])
        ),
    }
    return {name: min(_cpu(step) for _ in range(ROUNDS)) / len(paths) * 1000 for name, step in work.items()}


def _loaded(data: bytes) -> Image.Image:
    image = JpegImageFile(io.BytesIO(data))
    image.load()
    return image


def _photo(path: Path, folder: Path) -> Photo:
    key = str(path.relative_to(folder))
    return Photo(key, folder.name, key, path.stat().st_size, "2026-11-23T10:00:00Z")


def _cpu(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def processes(photos: Path) -> dict[str, float]:
    """Return milliseconds of CPU a photo for each kind of process, over the warm batches of a job."""
    spent: dict[float, dict[str, float]] = {}
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(spent, over))
    watch.start()
    all_photos = link_photos("fruits360", photos, SETS["fruits360"].count)
    command = [sys.executable, "-m", "benchmarks.extract.arms.ours", *(["--photos", str(all_photos)] * 3)]
    command += ["--artifact", str(ARTIFACT), "--out", str(BUILD / "profile")]
    try:
        said = meter.run(command, {**os.environ, "PYTHONPATH": str(ROOT)}, BUILD / "profile.log").said
    finally:
        over.set()
        watch.join()
    (_, start), (_, end) = said["passes"][0], said["passes"][-1]
    before, after = (spent[max(moment for moment in spent if moment <= at)] for at in (start, end))
    photos_done = said["images"] * (len(said["passes"]) - 1)
    return {name: (after[name] - before.get(name, 0.0)) / photos_done * 1000 for name in sorted(after)}


def _watch(spent: dict[float, dict[str, float]], over: threading.Event) -> None:
    while not over.wait(0.25):
        now: dict[str, float] = defaultdict(float)
        for process in psutil.Process().children(recursive=True):
            try:
                times, line = process.cpu_times(), process.cmdline()
            except psutil.Error:
                continue
            now[_kind(line)] += times.user + times.system
        spent[time.time()] = dict(now)


def _kind(line: list[str]) -> str:
    if "java" in line[0]:
        return "JVM: plans, rows into Parquet, the commit"
    return "Python workers" if "pyspark.daemon" in line else "driver's Python"


def main() -> None:
    """Measure and write."""
    photos = make("fruits360")
    with Console(stderr=True).status("Taking a task apart, then a job"):
        found = {"In one process": steps(photos), "A warm job by its processes": processes(photos)}
    day = datetime.now(UTC).date().isoformat()
    lines = [
        "# Where a photo's CPU time goes",
        "",
        f"`python -m benchmarks.extract.profile` on {day}, {machine()}.",
        "",
    ]
    for title, table in found.items():
        lines += [f"| {title} | ms of CPU a photo |", "| --- | --- |"]
        lines += [f"| {name} | {value:.2f} |" for name, value in table.items()] + [""]
    (Path(__file__).parent / "PROFILE.md").write_text("\n".join(lines))
    Console().print("\n".join(lines))


if __name__ == "__main__":
    main()
