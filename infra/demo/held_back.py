"""Which photos the demo holds back until there is a model: never part of a film or scene that the model has seen."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import GiveUp
from infra.ops.uploads import LabelledFile

MOST = 200
_SHARE_OF_SCENES = 0.25
"""Share of a folder's photos that is held back, where scenes are named: a little less, as whole scenes seldom fit."""
_AFTER_SCENE = "--"


def scene(path: Path) -> str | None:
    """Return the film or scene that a photo belongs to, by its file's name `<scene>--<anything>`; None: not named."""
    name, mark, _ = path.name.partition(_AFTER_SCENE)
    return name if mark and name else None


def split_off(files: Sequence[LabelledFile], most: int = MOST) -> tuple[list[LabelledFile], list[LabelledFile]]:
    """Return the files to upload first, and those held back for later, at most `most`.

    Where file names tell scenes, whole scenes are held back: up to a quarter of each folder. Elsewhere it is a fifth
    of the files, evenly chosen.

    Raises:
        GiveUp: there are too few photos for a model and new ones.
    """
    later = _whole_scenes(files, most) if any(scene(file.path) for file in files) else _evenly_chosen(files, most)
    if not later:
        raise GiveUp(f"there are {len(files)} photos, too few for the demo: take at least 5")
    first = [file for index, file in enumerate(files) if index not in later]
    return first, [files[index] for index in sorted(later)]


def _evenly_chosen(files: Sequence[LabelledFile], most: int) -> set[int]:
    count = min(most, len(files) // 5)
    # The middle one of each stretch: the first photos of a label stay, so a label with two of them is not lost.
    return {(2 * index + 1) * len(files) // (2 * count) for index in range(count)}


def _whole_scenes(files: Sequence[LabelledFile], most: int) -> set[int]:
    """Return the indices of each folder's smallest scenes. A photo whose name tells no scene is one by itself."""
    share = min(_SHARE_OF_SCENES, most / len(files))
    folders: dict[Path, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, file in enumerate(files):
        folders[file.path.parent][scene(file.path) or file.path.name].append(index)
    later: set[int] = set()
    for scenes in folders.values():
        room = min(round(share * sum(map(len, scenes.values()))), most - len(later))
        for members in sorted(scenes.values(), key=len):  # of equal size, in the order of the files
            if len(members) <= room:
                later.update(members)
                room -= len(members)
    return later
