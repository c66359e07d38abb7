"""The real photos that the project carries: see `photos/README.md` for their sources, licences and names."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from infra.ops.uploads import labelled_files

PHOTOS = Path(__file__).parent / "photos"


@cache
def carried() -> Mapping[str, Sequence[Path]]:
    """Return the files of each label, studio before street, labels and files in the order of their names."""
    files: dict[str, list[Path]] = {}
    for file in labelled_files(PHOTOS):
        if file.label is not None:
            files.setdefault(file.label, []).append(file.path)
    return dict(sorted(files.items()))
