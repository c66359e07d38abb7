"""Which photos the demo takes: a given folder, the shared ones beside the checkout, or the carried ones."""

from pathlib import Path

from contracts.errors import GiveUp
from infra.local.cloud import ROOT
from infra.ops import uploads
from infra.ops.uploads import LabelledFile
from infra.samples.carried import PHOTOS
from infra.samples.make import write_broken

SHARED_PHOTOS = ROOT.parent / "shared" / "data"


def photo_folder(given: Path | None, shared: Path = SHARED_PHOTOS) -> Path:
    """Return the folder of photos: the given one, else the `shared` ones where they are, else the carried ones.

    Raises:
        GiveUp: there is no such folder.
    """
    if given is None:
        return shared if shared.is_dir() else PHOTOS
    if not given.is_dir():
        raise GiveUp(f"{given} is no folder of photos: name one with a sub-folder for each label")
    return given


def add_broken(folder: Path, into: Path) -> list[LabelledFile]:
    """Write a few broken files `into` a folder, where the photos are the carried ones; return them.

    Real uploads have some, and each must end as a named rejection. A folder of somebody's own is taken as it is.
    """
    if folder != PHOTOS:
        return []
    return [LabelledFile(path, path.parent.name) for path in write_broken(into)]


def chosen(folder: Path, count: int) -> list[LabelledFile]:
    """Choose at most `count` files (0: all), spread evenly over the sorted files and so over the labels.

    Raises:
        GiveUp: there are no files in the folder.
    """
    files = uploads.labelled_files(folder)
    if not files:
        raise GiveUp(f"there are no files in {folder}: name a folder of photos, with a sub-folder for each label")
    if count == 0 or count >= len(files):
        return files
    return [files[index * len(files) // count] for index in range(count)]
