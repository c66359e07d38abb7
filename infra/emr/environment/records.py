"""The list of its files that each installed package keeps (`RECORD`), held to what is there."""

import csv
import io
from collections.abc import Callable
from pathlib import Path


def mend_records(site: Path) -> None:
    """Strike out files that were cut.

    Else the bytes would tell where they were built: a package's programs begin with the path of the Python that
    installed them, so their hashes depend on it.
    """
    for record in site.glob("*.dist-info/RECORD"):
        record.write_text(remaining(record.read_text(), lambda name: (site / name).is_file()))


def remaining(record: str, is_there: Callable[[str], bool]) -> str:
    """Return the lines of a RECORD whose files are there. Pure."""
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\n").writerows(row for row in csv.reader(io.StringIO(record)) if is_there(row[0]))
    return kept.getvalue()
