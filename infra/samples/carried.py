"""The real photos that the project carries: see `photos/README.md` for their sources, licences and names."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from spark_app.photos.labels import normalised

PHOTOS = Path(__file__).parent / "photos"


@cache
def carried() -> Mapping[str, Sequence[Path]]:
    """Return the files of each label, studio before street, labels and files in the order of their names."""
    files: dict[str, list[Path]] = {}
    for path in sorted(PHOTOS.rglob("*.jpg")):
        files.setdefault(normalised(path.parent.name) or "", []).append(path)
    return dict(sorted(files.items()))
