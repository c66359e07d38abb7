"""The folder that a person names for output."""

from pathlib import Path

from contracts.errors import GiveUp


def make_folder(folder: Path) -> Path:
    """Make a folder, and its parents, where it is missing; return it.

    Raises:
        GiveUp: it is a file, or cannot be made; the message says why.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GiveUp(f"{folder} cannot be the folder to write into: {error.strerror}") from error
    return folder
