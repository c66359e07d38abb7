"""Compare the artifacts that might be the default, photo by photo: `make bench-artifact`, about half an hour.

The features of a candidate are extracted once and kept below `build`.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.artifact_choice import candidates, comparison, cpu, money, plot, report
from benchmarks.artifact_choice.candidates import CANDIDATE, CANDIDATES, REFERENCE
from benchmarks.artifact_choice.comparison import Right
from benchmarks.artifact_choice.measures import AT_ONCE, right
from benchmarks.artifact_choice.paired import RESAMPLES, Bools, interval
from benchmarks.extract.report import machine
from benchmarks.suggestions.sets import Photos, sets_of
from contracts.prices.price_list import packed
from infra.ops.costs import what_if
from infra.samples.carried import PHOTOS as CARRIED
from infra.samples.features import Features

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data"
SETS = ("fruits360", "street")
BOTH = "both, labels as uploaded"
REGION = "eu-west-3"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser("benchmarks.artifact_choice", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, help="folder of the two sets (default: ../shared/data, else the carried)"
    )
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the results (default: beside this file)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of the CPU measurement (default: 7)")
    a = parser.parse_args()
    photos = _photos(parser, a.photos)
    features = {name: candidates.load_or_extract(name, photos) for name in track(CANDIDATES, "Features")}
    results = {
        **_pairs(features, photos),
        **_costs(photos, a.rounds),
        "margin": comparison.MARGIN,
        "machine": machine(),
        "versions": {name: version(name) for name in ("ai-edge-litert", "tensorflow-cpu", "numpy", "scipy")},
        "artifacts": {name: one.artifact_sha256 for name, one in features.items()},
        "date": datetime.now(UTC).date().isoformat(),
    }
    (a.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (a.out / "RESULTS.md").write_text(report.markdown(results))
    plot.draw(results, a.out / "plot.png")
    Console().print(f"Written {a.out / 'RESULTS.md'}")


def _photos(parser: argparse.ArgumentParser, given: Path | None) -> Path:
    if given is None and not SHARED.is_dir():
        Console(stderr=True).print(f"{SHARED} is not there: the 441 carried photos are taken, too few for a verdict")
        return CARRIED
    if given is not None and not given.is_dir():
        parser.error(f"{given} is not a folder: pass --photos")
    return given or SHARED


def _pairs(features: dict[str, Features], photos: Path) -> dict[str, Any]:
    # The split is the reference's: scenes are found by features, and a pair needs one split.
    sets = sets_of(features[REFERENCE])
    found = {
        name: {one: right(_with_rows(sets[one], one, features[name])) for one in SETS}
        for name in track(CANDIDATES, "Suggestions")
    }
    base, int8 = found[REFERENCE], found[CANDIDATE]
    both = {name: right(_with_rows(sets[BOTH], BOTH, features[name])) for name in (REFERENCE, CANDIDATE)}
    unseen = _not_carried(features[REFERENCE], photos)
    return {
        "sets": {one: _described(sets[one], base[one]) for one in SETS},
        "between_films": comparison.between_films(base[SETS[0]], sets[SETS[0]]),
        "pairs": {
            name: {one: comparison.against(of[one], base[one], sets[one].groups) for one in SETS}
            for name, of in found.items()
            if name != REFERENCE
        },
        "otherwise": {
            "whole labels drawn": {one: comparison.by_label(int8[one], base[one], sets[one]) for one in SETS},
            "without the photos that are carried": {
                one: comparison.against(int8[one], base[one], sets[one].groups, unseen[one])
                for one in SETS
                if unseen[one].any()
            },
            "scenes by int8's features": {"street": _by_own_scenes(features)},
            "one model of both": {"both": comparison.against(both[CANDIDATE], both[REFERENCE], sets[BOTH].groups)},
        },
    }


def _by_own_scenes(features: dict[str, Features]) -> dict[str, Any]:
    """Split the street photos by the candidate's features, which takes its own near twins apart and not fp32's."""
    split = sets_of(features[CANDIDATE])["street"]
    base, int8 = (right(_with_rows(split, "street", features[name])) for name in (REFERENCE, CANDIDATE))
    return comparison.against(int8, base, split.groups)


def _with_rows(photos: Photos, one: str, found: Features) -> Photos:
    rows = found.rows.astype(np.float64)
    return replace(photos, rows=rows if one == BOTH else rows[np.array(found.sets) == one])


def _described(photos: Photos, base: Right) -> dict[str, Any]:
    _, group, sizes = np.unique(photos.groups, return_inverse=True, return_counts=True)
    sums = np.bincount(group, base[AT_ONCE]).astype(np.float64)
    return {
        "photos": len(photos.labels),
        "labels": len(set(photos.labels)),
        "groups": len(sizes),
        "at_once": float(base[AT_ONCE].mean()),
        "at_once_interval": interval(sums, sizes.astype(np.float64), RESAMPLES),
    }


def _not_carried(found: Features, photos: Path) -> dict[str, Bools]:
    """Say for each set which photos int8 cannot have been calibrated on: by content, as the names differ."""
    carried = {hashlib.sha256(file.read_bytes()).digest() for file in CARRIED.rglob("*.jpg")}
    unseen = np.array([hashlib.sha256((photos / name).read_bytes()).digest() not in carried for name in found.names])
    return {one: unseen[np.array(found.sets) == one] for one in SETS}


def _costs(photos: Path, rounds: int) -> dict[str, Any]:
    names = [name for name in CANDIDATES if "," not in name]
    artifacts = {name: candidates.load_or_export(name) for name in names}
    prices = packed().region(REGION)
    return {
        "cpu": cpu.measured(artifacts, cpu.kinds(photos, count=60, phones=8), rounds),
        "job_share": money.JOB_SHARE,
        "months": list(money.months(prices)),
        "months_free": list(money.months(prices, share=0.0)),
        "again": [
            {"of": of[0], "fp32": money.again(of, prices, 1.0), "int8": money.again(of, prices, money.JOB_SHARE)}
            for of in what_if.FORMATS
        ],
    }


if __name__ == "__main__":
    main()
