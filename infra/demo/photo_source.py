"""Which photos a story takes: a given folder, the real ones beside the checkout, or painted ones."""

from pathlib import Path
from typing import Protocol

from contracts.errors import GiveUp
from infra.demo.paint.painter import paint_folder
from infra.local.cloud import ROOT
from infra.ops import uploads
from infra.ops.uploads import LabelledFile

SHARED_PHOTOS = ROOT.parent / "shared" / "data"
PAINTED_PHOTOS = ROOT / "build" / "photos"
PAINTED_COUNT, PAINTED_SEED = 600, 0


class Steps(Protocol):
    """Where a story reports how far it is."""

    def begin(self, description: str, total: int | None = None) -> None:
        """Start a step of `total` parts; None: of unknown length."""

    def advance(self) -> None:
        """Finish one part of the step."""

    def end(self) -> None:
        """Finish the step."""


def photo_folder(given: Path | None, steps: Steps) -> Path:
    """Return the photos to take: the given folder, else the shared real ones, else painted ones."""
    if given is None:
        given = SHARED_PHOTOS if SHARED_PHOTOS.is_dir() else _painted(steps)
    if not given.is_dir():
        raise GiveUp(f"{given} is no folder of photos: name one with a sub-folder for each label")
    return given


def _painted(steps: Steps) -> Path:
    if not PAINTED_PHOTOS.is_dir():
        unfinished = PAINTED_PHOTOS.with_name("photos.unfinished")
        steps.begin(f"Painting {PAINTED_COUNT} photos, as there are no real ones", PAINTED_COUNT)
        for _ in paint_folder(unfinished, PAINTED_COUNT, PAINTED_SEED):
            steps.advance()
        steps.end()
        unfinished.rename(PAINTED_PHOTOS)
    return PAINTED_PHOTOS


def chosen(folder: Path, count: int) -> list[LabelledFile]:
    """Choose at most `count` files (0: all), spread evenly over the sorted files and so over the labels."""
    files = uploads.labelled_files(folder)
    if not files:
        raise GiveUp(f"there are no files in {folder}: name a folder of photos, with a sub-folder for each label")
    if count == 0 or count >= len(files):
        return files
    return [files[index * len(files) // count] for index in range(count)]
