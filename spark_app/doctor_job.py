"""Entry point: look at what a run meets on its machine, and say it in one JSON line.

    spark-submit … doctor_job.py --table fruits.lake.photos --photos s3://…/uploads --artifacts s3://…

A person starts it (`fruits doctor`), first thing after a deployment. It reads no photo and no row, and writes nothing
but a scratch table, which it drops. What cannot be found out is said too: a probe that fails stops no other.

Exit codes: 0 all was looked at, whatever was found · 2 wrong arguments · anything else is a fault of ours.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # started by its path, as spark-submit does: the packages lie beside this file's folder
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pyspark.sql import SparkSession

from contracts.jobs.emr_release import IMAGE_JARS
from contracts.jobs.probes import Probe
from contracts.jobs.report import DONE
from spark_app.doctor import access, machine, process, scratch_table, spark_facts
from spark_app.doctor.probing import Found, Look, described, look_at
from spark_app.entry_point import Stopwatch, add_report, add_store, run_job, store_of
from spark_app.lake import tables
from spark_app.session import open_session
from spark_app.stores.buckets import StoreSettings

SETTLE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Arguments:
    """The job's arguments, checked."""

    photos: str
    artifacts: str
    table: str
    store: StoreSettings
    settle_seconds: int = SETTLE_SECONDS
    report: str | None = None


def parse(argv: Sequence[str]) -> Arguments:
    """Parse the command line; wrong arguments leave with exit code 2 and say what is expected."""
    parser = argparse.ArgumentParser("doctor_job", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--photos", required=True, help="s3:// URI of the folder that photos are uploaded to")
    parser.add_argument("--artifacts", required=True, help="s3:// URI of the bucket of code, environment and CNN")
    parser.add_argument("--table", required=True, help="catalog.database.table; its database gets a scratch table")
    parser.add_argument(
        "--settle-seconds", type=int, default=SETTLE_SECONDS, help="wait so long for executors (default: 60)"
    )
    add_report(parser)
    add_store(parser)
    found = parser.parse_args(argv)
    return Arguments(found.photos, found.artifacts, found.table, store_of(found), found.settle_seconds, found.report)


def probes_without_spark(arguments: Arguments) -> Iterator[tuple[Probe, Look]]:
    """Yield what can be looked at even where no session opens."""
    store = arguments.store

    def now() -> datetime:
        return datetime.now(UTC)

    yield Probe.PYTHON, process.python
    yield Probe.AWS_VARIABLES, lambda: process.aws_variables(os.environ)
    yield Probe.PACKAGES, lambda: process.packages(process.DRIVER_PACKAGES)
    yield Probe.LIBRARIES, process.libraries
    yield Probe.DISK, lambda: machine.disk(Path.cwd())
    yield Probe.JARS, lambda: machine.jars(Path(IMAGE_JARS))
    yield Probe.PYTHON_CREDENTIALS, lambda: access.python_credentials(os.environ, now)
    yield Probe.MISSING_PHOTO, lambda: access.missing(arguments.photos, store)
    yield Probe.MISSING_FILE, lambda: access.missing(arguments.artifacts, store)
    yield Probe.CLOCK, lambda: access.clock_skew(arguments.artifacts, store, now)


def probes_of_spark(spark: SparkSession, arguments: Arguments, first: dict[str, int]) -> Iterator[tuple[Probe, Look]]:
    """Yield what a session is needed for. `first` is the first look at the executors."""
    database = arguments.table.rpartition(".")[0]
    yield Probe.VERSIONS, lambda: spark_facts.versions(spark)
    yield Probe.MEMORY, lambda: {**machine.memory(), "heap_bytes": spark_facts.heap(spark)}
    yield Probe.JAVA_CREDENTIALS, lambda: spark_facts.java_credentials(spark)
    yield Probe.DATABASE, lambda: scratch_table.database(spark, database)
    yield Probe.EXECUTORS, lambda: spark_facts.settled_executors(spark, first, arguments.settle_seconds)
    yield Probe.WORKER, lambda: spark_facts.workers(spark)
    yield Probe.SCRATCH_TABLE, lambda: scratch_table.scratch_table(spark, database)


def examined(arguments: Arguments, began: datetime, open_: Callable[[], SparkSession]) -> dict[str, Any]:
    """Return all that was found, by the probe's name. A session that does not open fails what needs one."""
    age = _process_age()
    found, opening = look_at(probes_without_spark(arguments)), Stopwatch()
    try:
        spark = open_()
        first = spark_facts.executors(spark)
    except Exception as error:  # noqa: BLE001  why there is no Spark is what the doctor is for
        problem = f"there is no session: {described(error)}"
        found |= {probe.value: Found(error=problem) for probe in Probe if probe.value not in found}
    else:
        start = {"began_at": began.isoformat(), "process_seconds": age, "session_seconds": opening.total()}
        probes = probes_of_spark(spark, arguments, first)
        found |= {**look_at(probes, within=120.0 + arguments.settle_seconds), Probe.START.value: Found(start)}
    return {name: asdict(one) for name, one in found.items()}


def _process_age() -> float | None:
    try:
        stat, uptime = (Path(name).read_text() for name in ("/proc/self/stat", "/proc/uptime"))
        return machine.process_age(stat, uptime, os.sysconf("SC_CLK_TCK"))
    except OSError:  # no Linux
        return None


def main(argv: Sequence[str]) -> int:
    """Run the job and return the exit code."""
    began = datetime.now(UTC)
    arguments = parse(argv)
    whole = Stopwatch()

    def work() -> dict[str, Any]:
        tables.refuse_odd_name(arguments.table)
        found = examined(arguments, began, lambda: open_session("doctor", arguments.table))
        return {"outcome": DONE, "found": found, "seconds": whole.total()}

    return run_job(work, arguments.report, arguments.store)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
