"""A folder that a person names for output."""

from pathlib import Path

from contracts.errors import GiveUp


def made(folder: Path) -> Path:
    """Return the folder, made if it is not there.

    Raises:
        GiveUp: it is a file, or cannot be made there; the message says why.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GiveUp(f"{folder} cannot be the folder to write into: {error.strerror}") from error
    return folder
