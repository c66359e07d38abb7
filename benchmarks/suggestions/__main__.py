"""Measure how often the suggestions are right on held-out photos: `make bench-suggestions`."""

import argparse
import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.extract.report import machine
from benchmarks.suggestions import plot, report, splits
from benchmarks.suggestions.score import (
    Answers,
    confused,
    figures,
    held_out,
    in_space,
    known,
    nearest_training,
    ours,
    threshold,
)  # fmt: skip
from benchmarks.suggestions.sets import Photos, sets_of
from benchmarks.suggestions.spaces import SPACES
from benchmarks.suggestions.splits import SAME_SCENE
from infra.samples import features
from spark_app.network.backbones import artifact_name
from spark_app.pca import calibration

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / "build" / "bench-pca" / "features.npz"
ARTIFACT = ROOT / "build" / "artifacts" / artifact_name()
SEED = 5
LOOSER, TIGHTER = 0.86, 0.92
STRETCHES = (2, 4)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser("benchmarks.suggestions", description=__doc__)
    parser.add_argument("--photos", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the two sets")
    parser.add_argument("--every", type=int, default=1, help="take each n-th photo only, for a quick look (default: 1)")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the results (default: beside this file)")
    a = parser.parse_args()
    if not a.photos.is_dir():
        parser.error(f"{a.photos} is not a folder: pass --photos")
    found = features.load_or_extract(CACHE, a.photos, features.load_or_export(ARTIFACT)).every(a.every)
    sets = sets_of(found)
    answers = {name: held_out(one.rows, one.labels, one.folds, ours) for name, one in track(sets.items(), "Ours")}
    results = {
        "sets": {name: figures(one) for name, one in answers.items()},
        "spaces": _spaces(sets, answers),
        "splits": _splits(sets, answers),
        "confused": {name: confused(answers[name])[:25] for name in sets},
        "machine": machine(),
        "versions": {name: version(name) for name in ("ai-edge-litert", "numpy")},
        "artifact_sha256": found.artifact_sha256,
        "date": datetime.now(UTC).date().isoformat(),
    }
    (a.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (a.out / "RESULTS.md").write_text(report.markdown(results))
    plot.confusion({name: answers[name] for name in ("fruits360", "street")}, a.out / "confusion.png")
    plot.spaces(results, a.out / "plot.png")
    Console().print(f"Written {a.out / 'RESULTS.md'}")


def _spaces(sets: dict[str, Photos], base: dict[str, Answers]) -> dict[str, Any]:
    work = [(name, one) for name in SPACES for one in ("fruits360", "street", "both, labels as uploaded")]
    found: dict[str, Any] = {name: {} for name in SPACES}
    for name, one in track(work, "Spaces"):
        photos = sets[one]
        engine = in_space(SPACES[name])
        found[name][one] = figures(held_out(photos.rows, photos.labels, photos.folds, engine), base[one])
    return found


def _splits(sets: dict[str, Photos], honest: dict[str, Answers]) -> list[dict[str, Any]]:
    """Measure ours by other splits, and what a threshold that was calibrated on each would do to honest answers."""
    street = sets["street"]
    narrow = street.rows.astype(np.float32)
    tried = [
        (name, split, replace(sets[name], folds=folds))
        for name in ("fruits360", "street")
        for split, folds in (
            ("honest", sets[name].folds),
            ("halves that differ most, as a refit has it", calibration.halves(sets[name].rows, sets[name].labels)),
            *((f"{count} stretches", splits.stretches(sets[name].labels, count)) for count in STRETCHES),
            ("at random (flatters)", splits.at_random(len(sets[name].labels), SEED)),
        )
    ]
    for bound in (LOOSER, TIGHTER):
        folds = splits.by_scene(narrow, street.labels, bound)
        tried.append(("street", f"scenes at cosine {bound} in place of {SAME_SCENE}", replace(street, folds=folds)))
    return [_split(name, split, photos, honest[name]) for name, split, photos in track(tried, "Splits")]


def _split(name: str, split: str, photos: Photos, honest: Answers) -> dict[str, Any]:
    answers = honest if split == "honest" else held_out(photos.rows, photos.labels, photos.folds, ours)
    near = nearest_training(photos.rows, photos.folds, photos.labels)
    level = threshold(answers.similarity, answers.right)
    sure = known(honest) if split == "honest" else honest.similarity >= level
    return {
        "set": name,
        "split": split,
        **figures(answers),
        "near_identical": round(float((near >= 0.95).mean()), 4),
        "honest_precision_at_threshold": round(float(honest.right[sure].mean()), 4) if sure.any() else None,
        "honest_unknown_at_threshold": round(float((~sure).mean()), 4),
    }


if __name__ == "__main__":
    main()
