"""Tables as a newer release knows them: with columns that this one does not have."""

from dataclasses import replace

from contracts.tables.photos import PHOTOS
from contracts.tables.table import Column, Definition

CAMERA = Column("camera", "string", "who made the camera")
FLASH = Column("flash", "int", "how often it went off")


def with_more(*more: Column, of: Definition = PHOTOS) -> Definition:
    """What a newer release knows. The new columns stand among the old ones: only names count."""
    return replace(of, columns=(*of.columns[:3], *more, *of.columns[3:]))


NEW = with_more(CAMERA)
