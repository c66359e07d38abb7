"""What photos may be grouped by. A module of its own, because a help text must not wait for what groups them."""

from enum import StrEnum


class GroupBy(StrEnum):
    """What photos of a group have in common: all of the key before the file's name, or the owner in it."""

    PREFIX = "prefix"
    OWNER = "owner"
