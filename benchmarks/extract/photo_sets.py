"""The sets of photos that arms work on: the studio's as they are, and phone photos that are made once into build/."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from benchmarks.photos.phones import KINDS, street_photos, write_photos
from infra.samples.carried import PHOTOS as CARRIED

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench-extract"
DATA = ROOT.parent / "shared" / "data"
WARM_UP = 10
"""The first pass of an arm, which opens sessions and builds networks, takes one of so many photos."""


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """A set: how many of its photos an arm takes, and how many of them a peer is given at once."""

    title: str
    count: int
    batch: int


SETS: Mapping[str, PhotoSet] = {
    "fruits360": PhotoSet("fruits360, 100 x 100 JPEG", 5_240, 64),
    "12mp": PhotoSet(KINDS["12mp"].title, 240, 8),
    "3mp": PhotoSet(KINDS["3mp"].title, 600, 8),
    "heic": PhotoSet(KINDS["heic"].title, 48, 4),
}


def make(name: str, data: Path = DATA) -> Path:
    """Return the folder of a set's photos, one sub-folder a label; phone photos are made if they are missing."""
    if name not in KINDS:
        folder = data / name
        return folder if folder.is_dir() else CARRIED / name
    folder, count = BUILD / "sets" / name, SETS[name].count
    if len(list(folder.glob(f"*/*.{KINDS[name].ending}"))) < count:
        made = write_photos(folder, name, count, street_photos(data))
        for _ in track(made, f"Making photos: {SETS[name].title}", count):
            pass
    return folder


def link_photos(name: str, photos: Path, count: int) -> Path:
    """Return a folder of `count` photos: links to the real ones, again and again if there are too few.

    Args:
        name: of the set, for the folder.
        photos: folder of the real ones, one sub-folder a label.
        count: how many.
    """
    folder = BUILD / "photos" / f"{name}-{count}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        files = sorted(path for path in photos.absolute().glob("*/*") if path.suffix in (".jpg", ".heic"))
        for number in range(count):
            file = files[number * len(files) // count] if count < len(files) else files[number % len(files)]
            link = part / file.parent.name / f"{number // len(files)}-{file.name}"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
        part.rename(folder)
    return folder
