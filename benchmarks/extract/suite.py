"""Which arms there are, and how one is run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.extract import meter
from infra.local.cloud import LocalCloud

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench-extract"
PEERS_PYTHON = BUILD / "peers-venv" / "bin" / "python"
ALL = 5_240


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to turn photos into features. `source` is where its photos are read: folder, cloud, s3-0ms or s3-50ms."""

    module: str
    floor: str = "floor"
    artifact: str = "efficientnet_lite0-224-fp32"
    passes: int = 2
    source: str = "folder"
    photos: int = ALL
    once: bool = False


ARMS = {
    "floor": Arm("arms.floor"),
    "ours": Arm("arms.ours", passes=3),
    "ours-cold": Arm("arms.cold", passes=1),
    "daft": Arm("peers.daft_arm"),
    "brief": Arm("arms.brief", once=True),
    "predict_batch_udf": Arm("arms.predict_batch", once=True),
    "ray": Arm("peers.ray_arm", once=True),
    "floor-160-int8": Arm("arms.floor", "floor-160-int8", "efficientnet_lite0-160-int8"),
    "ours-160-int8": Arm("arms.ours", "floor-160-int8", "efficientnet_lite0-160-int8", passes=3),
    "floor-224-int8": Arm("arms.floor", "floor-224-int8", "efficientnet_lite0-224-int8"),
    "ours-224-int8": Arm("arms.ours", "floor-224-int8", "efficientnet_lite0-224-int8", passes=3),
    "ours-cloud": Arm("arms.ours", source="cloud", once=True),
    "ours-s3-0ms": Arm("arms.ours", source="s3-0ms", once=True),
    "ours-s3-50ms": Arm("arms.ours", source="s3-50ms", once=True),
    "ours-1000-photos": Arm("arms.ours", passes=1, photos=1_000, once=True),
    "ours-20000-photos": Arm("arms.ours", passes=1, photos=20_000, once=True),
}


def measure(name: str, photos: Path) -> dict[str, Any]:
    """Run an arm once and return what it did, as one line of `runs.jsonl`."""
    arm, out = ARMS[name], BUILD / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    taken = link_photos(photos, arm.photos)
    with _start_source(arm, taken) as (endpoint, environment):
        artifact = ROOT / "build" / "artifacts" / arm.artifact
        python = PEERS_PYTHON if arm.module.startswith("peers.") else Path(sys.executable)
        command = [str(python), "-m", f"benchmarks.extract.{arm.module}", "--photos", str(taken)]
        command += ["--artifact", str(artifact), "--out", str(out), "--passes", str(arm.passes), "--extra", endpoint]
        metered = meter.run(command, environment, BUILD / f"{name}.log")
    return {"arm": name, **_figures(metered), "cosine_min": _cosine(name, arm)}


def _figures(metered: meter.Metered) -> dict[str, Any]:
    said = metered.said
    peak = round(max(metered.peak_mb.values()))
    if "passes" not in said:  # a job's own report: one cold pass, from the start of its process
        span = metered.said_at - metered.started
        cpu = metered.cpu_seconds(metered.started, metered.said_at) / said["photos"]
        return {
            "cold": span,
            "warm": [],
            "images": said["photos"],
            "cpu": cpu,
            "peak_mb": peak,
            "said": said["seconds"],
        }
    spans = said["passes"]
    warm = spans[1:] or spans
    cpu = sum(metered.cpu_seconds(*span) for span in warm) / len(warm) / said["images"]
    seconds = [end - start for start, end in warm]
    cold = spans[0][1] - metered.started
    return {"cold": cold, "warm": seconds, "images": said["images"], "cpu": cpu, "peak_mb": peak}


def _cosine(name: str, arm: Arm) -> float | None:
    """Return the lowest cosine of any photo's features to the floor's; None where an arm keeps none to compare."""
    mine, floors = BUILD / name / "features.npz", BUILD / arm.floor / "features.npz"
    if not mine.exists() or arm.photos != ALL:
        return None
    reference = _features(floors)
    found = _features(mine)
    if found.keys() != reference.keys():
        raise RuntimeError(f"{name}: {len(found)} photos have features, of {len(reference)}")
    a, b = (np.stack([each[key] for key in reference]) for each in (found, reference))
    return float(((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).min())


def _features(file: Path) -> dict[str, Any]:
    kept = np.load(file)
    return dict(zip(kept["names"].tolist(), kept["features"], strict=True))


def link_photos(photos: Path, count: int) -> Path:
    """Return a folder of `count` photos: links to the real ones, again and again if there are too few."""
    folder = BUILD / "photos" / str(count)
    if not folder.exists():
        files = sorted(photos.absolute().glob("*/*.jpg"))
        for number in range(count):
            file = files[number * len(files) // count] if count < len(files) else files[number % len(files)]
            link = folder / file.parent.name / f"{number // len(files)}-{file.name}"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    return folder


@contextmanager
def _start_source(arm: Arm, photos: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the URL of the S3 to read from ("": a folder) and the arm's environment."""
    plain = {**os.environ, "PYTHONPATH": str(ROOT)}
    if arm.source == "folder":
        yield "", plain
    elif arm.source == "cloud":
        with LocalCloud.start(BUILD / "cloud") as cloud:
            s3 = cloud.target().client("s3")
            s3.create_bucket(Bucket=photos.name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
            for file in sorted(photos.glob("*/*.jpg")):
                s3.put_object(Bucket=photos.name, Key=str(file.relative_to(photos)), Body=file.read_bytes())
            yield cloud.endpoint, {**plain, **cloud.environment()}
    else:
        late = arm.source.removeprefix("s3-").removesuffix("ms")
        command = [sys.executable, "-m", "benchmarks.extract.slow_s3", str(photos.parent), late]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
            yield f"http://127.0.0.1:{port}", {**plain, **keys}
        finally:
            server.kill()
            server.wait()
