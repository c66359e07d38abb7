"""What every arm shares: which photos, and how it says what it did. Imports nothing that a peer's environment lacks."""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Task:
    """The work of one arm: features of the photos into `out` (names and float32 vectors), `passes` times over."""

    photos: Path
    limit: int
    artifact: Path
    out: Path
    passes: int
    extra: str = ""

    def files(self) -> list[Path]:
        """Return the photos, sorted; `limit` of them spread evenly (0: all)."""
        files = sorted(self.photos.glob("*/*.jpg"))
        return files if not self.limit else [files[n * len(files) // self.limit] for n in range(self.limit)]

    def name_of(self, file: Path) -> str:
        """Name a photo by its path below the folder."""
        return str(file.relative_to(self.photos))


def task() -> Task:
    """Parse an arm's command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--extra", default="")
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    return Task(a.photos.resolve(), a.limit, a.artifact.resolve(), a.out, a.passes, a.extra)


def keep(out: Path, names: list[str], features: np.ndarray) -> None:
    """Keep features for the comparison with the floor's."""
    np.savez(out / "features.npz", names=np.array(names), features=features)


def say(seconds: list[float], images: int, **more: float) -> None:
    """Print the arm's result: seconds of each pass, the first one cold, the last one warm; when the first one ended."""
    sys.stdout.write("\n" + json.dumps({"seconds": seconds, "images": images, "now": time.time(), **more}) + "\n")
