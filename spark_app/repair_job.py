"""Entry point: leave one row to each photo that has several in the table `photos`, in one commit.

    spark-submit … repair_job.py --table fruits.lake.photos --plan

A person starts it, after a release that wrote photos twice. With --plan nothing is changed. Standard output has a table
of the photos and of the row that stays; its last line is one JSON object that says how many rows were removed.

Exit codes: 0 done, or nothing to do · 75 try again later (a run of one of these batches committed meanwhile) · 65 give
up (the table does not exist, or its files cannot be replaced) · 2 wrong arguments · anything else is a fault of ours.
"""

import argparse
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # started by its path, as spark-submit does: the packages lie beside this file's folder
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from contracts.jobs.report import DONE
from spark_app.entry_point import Stopwatch, add_report, add_store, run_job, store_of
from spark_app.lake import tables
from spark_app.repair import doubles
from spark_app.repair.plan import as_text, doubled_photos, removals
from spark_app.session import open_session
from spark_app.stores.buckets import StoreSettings


@dataclass(frozen=True, slots=True)
class Arguments:
    """The job's arguments, checked."""

    table: str
    store: StoreSettings
    plan: bool = False
    report: str | None = None


@dataclass(slots=True)
class RepairReport:
    """The members of the closing JSON line. A plan, or a run with nothing to do, makes no snapshot."""

    table: str
    photos_doubled: int = 0
    rows_to_remove: int = 0
    batches: int = 0
    rows_removed: int = 0
    snapshot_id: int | None = None
    seconds: float = 0.0


def parse(argv: Sequence[str]) -> Arguments:
    """Parse the command line; wrong arguments leave with exit code 2 and say what is expected."""
    parser = argparse.ArgumentParser("repair_job", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--table", required=True, help="catalog.database.table")
    parser.add_argument("--plan", action="store_true", help="say what would be done, and change nothing")
    add_report(parser)
    add_store(parser)
    found = parser.parse_args(argv)
    return Arguments(found.table, store_of(found), found.plan, found.report)


def run(spark: SparkSession, arguments: Arguments, run_id: str, show: Callable[[str], None]) -> RepairReport:
    """Do the whole job in an open session; `show` gets the table for people, line by line.

    Raises:
        RetryLater, GiveUp: see the exit codes; in both cases no row has changed.
    """
    tables.refuse_odd_name(arguments.table)
    if not spark.catalog.tableExists(arguments.table):
        raise GiveUp(f"table {arguments.table} is not there: give the name of one that is")
    report, pinned = RepairReport(arguments.table), tables.current_snapshot(spark, arguments.table)
    found = [] if pinned is None else doubled_photos(doubles.held(spark, arguments.table, pinned))
    for line in as_text(found):
        show(line)
    to_remove = removals(found)
    report.photos_doubled, report.batches = len(found), len(to_remove)
    report.rows_to_remove = sum(gone.total() for gone in to_remove.values())
    if to_remove and pinned is not None and not arguments.plan:
        report.snapshot_id = doubles.remove(spark, arguments.table, to_remove, pinned, run_id)
        report.rows_removed = doubles.rows_removed(spark, arguments.table, report.snapshot_id)
    return report


def main(argv: Sequence[str]) -> int:
    """Run the job and return the exit code."""
    arguments = parse(argv)
    whole = Stopwatch()

    def work() -> dict[str, Any]:
        tables.refuse_odd_name(arguments.table)
        spark = open_session("repair", arguments.table)
        report = run(spark, arguments, uuid.uuid4().hex, lambda line: print(line, flush=True))  # noqa: T201
        report.seconds = whole.total()
        return {"outcome": "planned" if arguments.plan else DONE, **asdict(report)}

    return run_job(work, arguments.report, arguments.store)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
