"""Run one arm once: its process, metered, and its features beside its floor's."""

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.extract import meter, sources
from benchmarks.extract.photo_sets import BUILD, ROOT, link_photos, make
from benchmarks.extract.suite import ARMS, Arm

PEERS_PYTHON = BUILD / "peers-venv" / "bin" / "python"
Run = dict[str, Any]


def measure(name: str, limit: int | None = None) -> Run:
    """Run an arm and return what it did; `limit` is the most photos that it may take, for a try.

    Raises:
        RuntimeError: it failed, or a photo has no features.
    """
    arm = ARMS[name]
    counts, photos = arm.counts(limit), make(arm.set)
    out = _out(name, counts[-1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    folders = [link_photos(arm.set, photos, count) for count in counts]
    with sources.started(arm.source, folders) as (endpoint, environment):
        metered = meter.run(_command(arm, folders, out, endpoint), environment, out / "log")
    run = {"arm": name, "mean_mb": _mean_mb(folders[-1]), **_figures(metered, counts)}
    if run["images"] != counts[-1]:
        raise RuntimeError(f"{name}: {run['images']} photos have features, of {counts[-1]}: see {out / 'log'}")
    return run | {"cosine_min": _cosine(out, _out(arm.floor, counts[-1]))}


def _out(name: str, count: int) -> Path:
    return BUILD / "arms" / str(count) / name


def _command(arm: Arm, folders: list[Path], out: Path, endpoint: str) -> list[str]:
    python = PEERS_PYTHON if arm.module.startswith("peers.") else Path(sys.executable)
    command = [str(python), "-m", f"benchmarks.extract.{arm.module}", "--out", str(out), "--endpoint", endpoint]
    command += ["--artifact", str(ROOT / "build" / "artifacts" / arm.artifact), "--batch", str(arm.photo_set.batch)]
    return command + [part for folder in folders for part in ("--photos", str(folder))]


def _mean_mb(folder: Path) -> float:
    sizes = [file.stat().st_size for file in folder.glob("*/*.*")]
    return sum(sizes) / len(sizes) / 1e6


def _figures(metered: meter.Metered, counts: list[int]) -> Run:
    """Return seconds of the last pass, or of a job's whole process; and from the process' start to the first commit."""
    said, peak = metered.said, round(max(metered.peak_mb.values()))
    whole = (metered.started, metered.said_at)
    spans, images = said.get("passes", [whole]), said.get("images", said.get("features"))
    start, end = spans[-1]
    return {
        "images": images,
        "seconds": end - start,
        "first_commit": {"photos": counts[0], "seconds": spans[0][1] - metered.started},
        "cpu": metered.cpu_seconds(start, end) / counts[-1],
        "peak_mb": peak,
    }


def _cosine(out: Path, floor: Path) -> float | None:
    """Return the lowest cosine of any photo's features to the floor's; None where either kept none."""
    mine, theirs = (folder / "features.npz" for folder in (out, floor))
    if not mine.exists() or not theirs.exists():
        return None
    found, reference = _features(mine), _features(theirs)
    if found.keys() != reference.keys():
        raise RuntimeError(f"{out.name}: other photos have features than those of the floor")
    a, b = (np.stack([each[key] for key in reference]) for each in (found, reference))
    return float(((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).min())


def _features(file: Path) -> dict[str, Any]:
    kept = np.load(file)
    return dict(zip(kept["keys"].tolist(), kept["features"], strict=True))
