"""Entry point: compact tables, expire their old snapshots, remove orphans and half-made models.

    spark-submit … maintain_job.py --tables fruits.lake.photos,fruits.lake.reduced --models s3://…/models/pca

No row changes, and the job may run beside any other. The first table must exist; further ones that do not exist yet are
listed as absent. The last line of standard output is one JSON object: what was done, by table.

Exit codes: 0 done · 75 try again later (others committed each time, or a store did not answer; completed steps stay
completed) · 65 give up (a table does not exist, or orphans were refused: all else is done) · 2 wrong arguments ·
anything else is a fault of ours.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # started by its path, as spark-submit does: the packages lie beside this file's folder
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from contracts.jobs.report import DONE, GIVE_UP
from contracts.models import Pointer
from spark_app.entry_point import Stopwatch, add_report, add_store, run_job, store_of
from spark_app.lake import maintenance, orphans, tables
from spark_app.models import leftovers
from spark_app.models.store import ModelStore
from spark_app.session import open_session
from spark_app.stores.buckets import StoreSettings

_LEAST_ORPHAN_DAYS = orphans.YOUNGEST.days


@dataclass(frozen=True, slots=True)
class Arguments:
    """The job's arguments, checked."""

    tables: tuple[str, ...]
    store: StoreSettings
    models: str | None = None
    keep: timedelta = timedelta(days=7)
    orphans: timedelta = orphans.YOUNGEST
    report: str | None = None


@dataclass
class TableReport:
    """What was done to one table. Files and bytes are those of the current snapshot; seconds are wall time."""

    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    mixed_files: int = 0
    """Files with rows of several batches. They are left alone, and no job of ours writes them."""
    batches_compacted: int = 0
    bytes_rewritten: int = 0
    snapshots_expired: int = 0
    orphans_removed: int = 0
    orphans_refused: int = 0
    """Orphans that were left in place, because they outnumber `files_known`: see `OrphansRefused`."""
    files_known: int = 0
    """Files of all snapshots, metadata included; 0 where there was no orphan to compare them with."""
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class MaintainReport:
    """What the JSON line says."""

    tables: dict[str, TableReport] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    versions_swept: list[str] = field(default_factory=list)
    model_files_removed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class OrphansRefused(GiveUp):
    """A table's folder holds more files that the table does not know than files that it knows. All else is done."""

    def __init__(self, report: MaintainReport) -> None:
        found = {name: done for name, done in report.tables.items() if done.orphans_refused}
        counts = "; ".join(f"{name}: {one.orphans_refused} against {one.files_known}" for name, one in found.items())
        super().__init__(
            f"more orphans than files that the table knows ({counts}): is the folder an older table's, which the "
            "catalog has forgotten? None was removed. docs/lake.md says how to look, and how to register a kept table"
        )
        self.report = report

    def to_dict(self) -> dict[str, Any]:
        """Return the error's members of the closing report, and what was done all the same."""
        return {**asdict(self.report), "outcome": GIVE_UP, "refusal": "orphans"}


def parse(argv: Sequence[str]) -> Arguments:
    """Parse the command line; wrong arguments leave with exit code 2 and say what is expected."""
    parser = argparse.ArgumentParser("maintain_job", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tables", required=True, help="catalog.database.table, one or more, with commas between")
    parser.add_argument("--models", help="also remove half-made models below this s3:// prefix or folder")
    parser.add_argument(
        "--keep-days", type=_days(1), default="7", help="keep replaced snapshots (default: %(default)s)"
    )
    least = _LEAST_ORPHAN_DAYS
    parser.add_argument(
        "--orphan-days",
        type=_days(least),
        default=str(least),
        help=f"remove older leftovers, {least} or more (default)",
    )
    add_store(parser)
    add_report(parser)
    a = parser.parse_args(argv)
    names = tuple(name.strip() for name in a.tables.split(","))
    return Arguments(names, store_of(a), a.models, a.keep_days, a.orphan_days, a.report)


def _days(least: int) -> Callable[[str], timedelta]:
    def days(text: str) -> timedelta:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no number of days from {least}")
        return timedelta(days=int(text))

    return days


def run(spark: SparkSession, arguments: Arguments, now: datetime) -> MaintainReport:
    """Do the whole job in an open session.

    Raises:
        RetryLater, GiveUp: see the exit codes; in both cases no row has changed.
    """
    stopwatch = Stopwatch()
    report = MaintainReport(seconds=stopwatch.seconds)
    there = [name for name in arguments.tables if _is_there(spark, name)]
    report.absent = [name for name in arguments.tables if name not in there]
    if arguments.tables[0] in report.absent:
        raise GiveUp(
            f"table {arguments.tables[0]} is not there: give the name of one that is, or extract a batch first"
        )
    pointer = _pointer(arguments)
    for name in there:
        held = pointer.reduced_snapshot_id if pointer is not None and pointer.reduced == name else None
        report.tables[name] = _maintain_table(spark, name, arguments, now, held)
    if arguments.models is not None:
        before = now - arguments.orphans
        with stopwatch.timed("models"):
            swept = leftovers.sweep(arguments.models, arguments.store, before)
        report.versions_swept, report.model_files_removed = swept
    return report


def _is_there(spark: SparkSession, table: str) -> bool:
    tables.refuse_odd_name(table)
    return spark.catalog.tableExists(table)


def _pointer(arguments: Arguments) -> Pointer | None:
    """Return the pointer to the latest model. Readers follow it to a snapshot of the matrix, which must stay."""
    if arguments.models is None:
        return None
    found = ModelStore.at(arguments.models, arguments.store).read_pointer()
    return None if found is None else found.pointer


def _maintain_table(
    spark: SparkSession, table: str, arguments: Arguments, now: datetime, held: int | None
) -> TableReport:
    # In this order: the files that a compaction replaces may expire next week, and orphans are known last.
    stopwatch = Stopwatch()
    report = TableReport(seconds=stopwatch.seconds)
    with stopwatch.timed("compact"):
        files = maintenance.data_files(spark, table)
        report.files_before, report.bytes_before = len(files), sum(file.size for file in files)
        report.mixed_files = len(maintenance.mixed(files))
        for batch in maintenance.batches_to_compact(files, maintenance.target_size(spark, table)):
            report.bytes_rewritten += maintenance.compact(spark, table, batch)
            report.batches_compacted += 1
    with stopwatch.timed("expire"):
        report.snapshots_expired = maintenance.expire(spark, table, arguments.keep, now, held)
    with stopwatch.timed("orphans"):
        found = orphans.remove(spark, table, arguments.orphans, now)
        report.orphans_removed, report.orphans_refused, report.files_known = found.removed, found.refused, found.known
    files = maintenance.data_files(spark, table)
    report.files_after, report.bytes_after = len(files), sum(file.size for file in files)
    return report


def main(argv: Sequence[str]) -> int:
    """Run the job and return the exit code."""
    arguments = parse(argv)
    whole = Stopwatch()

    def work() -> dict[str, Any]:
        for table in arguments.tables:
            tables.refuse_odd_name(table)
        with whole.timed("session"):
            spark = open_session("maintain", arguments.tables[0])
        report = run(spark, arguments, now=datetime.now(UTC))
        report.seconds = whole.around(report.seconds)
        if any(done.orphans_refused for done in report.tables.values()):
            raise OrphansRefused(report)
        return {"outcome": DONE, **asdict(report)}

    return run_job(work, arguments.report, arguments.store)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
