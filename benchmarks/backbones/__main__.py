"""Measure speed and accuracy of the CNN's artifacts on real photos: `make bench-backbones`, about 20 minutes.

Exports each artifact (int8 calibrated on photos that are not measured), then compares all with 224 in fp32.
"""

import argparse
import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich.progress import track

from benchmarks.backbones.measure import Floats, pixels, quality, speeds, spread
from benchmarks.backbones.report import draw, markdown
from benchmarks.extract.report import machine
from spark_app.network.artifact import load
from spark_app.network.backbone import ExportRequest
from spark_app.network.backbones import INPUT_SIZES
from spark_app.network.engine import LiteRTEngine
from spark_app.network.litert_export import export_to
from spark_app.photos.labels import normalised

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "bench-backbones"
REFERENCE = "224-fp32"
# In the file's order: size, precision, and how many convolutions int8 leaves in float.
VARIANTS = {
    **{f"{size}-{precision}": (size, precision, 3) for size in INPUT_SIZES for precision in ("fp32", "int8")},
    **{f"224-int8-{count}-in-float": (224, "int8", count) for count in (0, 1, 5)},
}
SPEED_PHOTOS = 40


def main() -> None:
    """Export, measure, write."""
    parser = argparse.ArgumentParser("benchmarks.backbones", description=__doc__)
    parser.add_argument("--photos", type=Path, default=ROOT.parent / "shared" / "data", help="folders SET/LABEL/*.jpg")
    parser.add_argument("--count", type=int, default=1_048, help="photos measured of each set (default: 1048)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of the speed measurement (default: 7)")
    a = parser.parse_args()
    if not a.photos.is_dir():
        parser.error(f"{a.photos} is not a folder: pass --photos")
    sets = {folder.name: sorted(folder.glob("*/*.jpg")) for folder in sorted(a.photos.iterdir()) if folder.is_dir()}
    taken = {name: spread(files, min(a.count, len(files) - 100)) for name, files in sets.items()}
    calibration = _link_calibration_photos({name: sorted(set(sets[name]) - set(taken[name])) for name in sets})
    engines = {name: _load_or_export_engine(name, calibration) for name in track(VARIANTS, "Exporting", transient=True)}
    found = {
        "variants": _variants(engines, taken, a.rounds),
        "machine": machine(),
        "versions": {name: version(name) for name in ("ai-edge-litert", "tensorflow-cpu", "numpy")},
        "date": datetime.now(UTC).date().isoformat(),
    }
    (HERE / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (HERE / "RESULTS.md").write_text(markdown(found))
    draw(found, HERE / "frontier.png")
    print(markdown(found))  # noqa: T201


def _labels(files: list[Path]) -> list[str]:
    return [normalised(file.parent.name) or "" for file in files]


def _variants(engines: dict[str, LiteRTEngine], taken: dict[str, list[Path]], rounds: int) -> dict[str, Any]:
    every = [file for files in taken.values() for file in files]
    timed = {name: pixels(spread(every, SPEED_PHOTOS), VARIANTS[name][0]) for name in engines}
    rates = speeds(engines, timed, rounds)
    ratios = {name: median(r / b for r, b in zip(rates[name], rates[REFERENCE], strict=True)) for name in rates}
    features = {
        name: {photos: _features(engine, files, VARIANTS[name][0]) for photos, files in taken.items()}
        for name, engine in track(engines.items(), "Features", transient=True)
    }
    return {
        name: {
            "images_per_second_per_core": round(median(rates[name]), 1),
            "times_reference": round(ratios[name], 2),
            **{
                photos: quality(of[photos], features[REFERENCE][photos], _labels(files))
                for photos, files in taken.items()
            },
        }
        for name, of in features.items()
    }


def _features(engine: LiteRTEngine, files: list[Path], size: int) -> Floats:
    return np.concatenate([engine.features(pixels([file], size)) for file in files])


def _load_or_export_engine(name: str, calibration: Path) -> LiteRTEngine:
    size, precision, in_float = VARIANTS[name]
    folder = BUILD / name
    if not (folder / "card.json").exists():
        request = ExportRequest(
            input_size=size, precision=precision, calibration=calibration, float_convolutions=in_float
        )
        export_to(request, folder)
    return LiteRTEngine(load(folder).flatbuffer)


def _link_calibration_photos(unmeasured: dict[str, list[Path]]) -> Path:
    folder = BUILD / "calibration"
    for name, files in unmeasured.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(spread(files, 100)):
            link = folder / name / f"{number}.jpg"
            link.unlink(missing_ok=True)
            link.symlink_to(file.absolute())
    return folder


if __name__ == "__main__":
    main()
