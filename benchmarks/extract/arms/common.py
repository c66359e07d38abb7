"""What every arm shares: which photos, and how it says what it did. Imports nothing that a peer's environment lacks."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Task:
    """The work of one arm: features of the photos into `out` (names and float32 vectors), `passes` times over."""

    photos: Path
    artifact: Path
    out: Path
    passes: int
    extra: str = ""

    def files(self) -> list[Path]:
        """Return the photos, sorted."""
        return sorted(self.photos.glob("*/*.jpg"))

    def input_size(self) -> int:
        """Read the artifact's input size from its card."""
        return int(json.loads((self.artifact / "card.json").read_text())["input_size"])

    def name_of(self, file: Path) -> str:
        """Name a photo by its path below the folder."""
        return str(file.relative_to(self.photos))


def task() -> Task:
    """Parse an arm's command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--extra", default="")
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    return Task(a.photos.absolute(), a.artifact.resolve(), a.out, a.passes, a.extra)


def pixels(data: bytes, size: int) -> np.ndarray:
    """Decode as a peer would by itself: uint8 (size, size, 3), RGB. Upright photos only, no limits, no named errors."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC))


def keep(out: Path, names: list[str], features: np.ndarray) -> None:
    """Keep features for the comparison with the floor's."""
    np.savez(out / "features.npz", names=np.array(names), features=features)


class Passes:
    """Times passes over the photos: the first one is cold, the others are warm."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Time the block as one pass, from and to seconds since 1970, which the meter of the process tree shares."""
        started = time.time()
        yield
        self.spans.append((started, time.time()))


def say(passes: Sequence[tuple[float, float]], images: int) -> None:
    """Print the arm's result: when each pass began and ended, and of how many photos it was."""
    sys.stdout.write("\n" + json.dumps({"passes": passes, "images": images}) + "\n")
