"""What every arm shares: which photos, and how it says what it did. Imports nothing that a peer's environment lacks."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Task:
    """The work of one arm: a pass over each folder of photos, the last one's features into `out`.

    `batch` is how many photos a peer is given at once; `endpoint` the URL of an S3 whose buckets are the folders.
    """

    folders: tuple[Path, ...]
    artifact: Path
    out: Path
    batch: int
    endpoint: str = ""

    def input_size(self) -> int:
        """Read the artifact's input size from its card."""
        return int(json.loads((self.artifact / "card.json").read_text())["input_size"])


def files(folder: Path) -> list[Path]:
    """Return the photos of a folder, sorted."""
    return sorted(folder.glob("*/*.*"))


def key_of(file: Path) -> str:
    """Name a photo by its path below the folder: `<label>/<name>`."""
    return f"{file.parent.name}/{file.name}"


def task() -> Task:
    """Parse an arm's command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, required=True, action="append", help="a folder for each pass")
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--endpoint", default="")
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    folders = tuple(folder.absolute() for folder in a.photos)
    return Task(folders, a.artifact.resolve(), a.out.absolute(), a.batch, a.endpoint)


def pixels(data: bytes, size: int) -> np.ndarray:
    """Decode as a peer would by itself: uint8 (size, size, 3), RGB. Upright photos only, no limits, no named errors."""
    from PIL import Image

    if data[4:8] == b"ftyp":
        _read_heic()
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC))


@cache
def _read_heic() -> None:
    """Let Pillow read HEIC, on one thread: a worker has one core."""
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener()


def keep(out: Path, keys: list[str], features: np.ndarray) -> None:
    """Keep features for the comparison with the floor's."""
    np.savez(out / "features.npz", keys=np.array(keys), features=features)


class Passes:
    """Times passes over the photos."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Time the block as one pass, from and to seconds since 1970, which the meter of the process tree shares."""
        started = time.time()
        yield
        self.spans.append((started, time.time()))


def say(passes: Sequence[tuple[float, float]], images: int) -> None:
    """Print the arm's result: when each pass began and ended, and how many photos the last one has features of."""
    sys.stdout.write("\n" + json.dumps({"passes": passes, "images": images}) + "\n")
