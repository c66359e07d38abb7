"""The formats of an export. (Apart, because a help text must not wait for Arrow.)"""

from enum import StrEnum


class Format(StrEnum):
    """One of the files that the matrix can be written as."""

    CSV = "csv"
    PARQUET = "parquet"

    @property
    def file(self) -> str:
        """The name of the matrix's file."""
        return f"matrix.{self.value}"
