"""Entry point: turn a batch of photos into rows of the table `photos`, in one commit, or in several if it is long.

    spark-submit … extract_job.py --manifest s3://…/batch.jsonl --table fruits.lake.photos --artifact s3://…/name

Running a batch again keeps its final rows and works on the rest; with --again it replaces them all. With --models the
results carry the latest model's suggestions; a missing or broken model costs the suggestions and nothing else. The last
line of standard output is one JSON object: what was done, and how fast.

Exit codes: 0 done · 75 try again later (another run of the batch won, a store did not answer) · 65 give up (manifest,
artifact or table is wrong: running again changes nothing) · 2 wrong arguments · anything else is a fault of ours.
"""

import argparse
import sys
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # started by its path, as spark-submit does: the packages lie beside this file's folder
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pyspark.sql import SparkSession

from contracts.jobs.report import DONE
from contracts.photos import results
from contracts.photos.results import Result
from spark_app.entry_point import Stopwatch, add_report, add_store, run_job, store_of
from spark_app.extract import manifest as manifests
from spark_app.extract.attempt import Attempt, Progress, Work
from spark_app.extract.chunks import SECONDS
from spark_app.extract.earlier import read_earlier, refuse_lost
from spark_app.extract.manifest import Batch
from spark_app.extract.per_photo import PhotoSettings
from spark_app.extract.photos_table import PhotosTable
from spark_app.extract.report import ExtractReport
from spark_app.extract.suggestions import with_suggestions
from spark_app.lake import tables
from spark_app.network import artifact as artifacts
from spark_app.network.artifact import Artifact
from spark_app.network.engines import ENGINES, broadcast_engine
from spark_app.network.probe import check
from spark_app.session import SparkRun, open_run
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.objects import read_object, write_object


@dataclass(frozen=True, slots=True)
class Arguments:
    """The job's arguments, checked. `partitions` None means: computed from the batch."""

    manifest: str
    table: str
    artifact: str
    engine: str
    partitions: int | None
    store: StoreSettings
    results: str | None = None
    models: str | None = None
    again: bool = False
    chunk_seconds: float = SECONDS
    report: str | None = None


def parse(argv: Sequence[str]) -> Arguments:
    """Parse the command line; wrong arguments leave with exit code 2 and say what is expected."""
    parser = argparse.ArgumentParser("extract_job", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--manifest", required=True, help="the batch: s3:// or file:// URI of JSON Lines")
    parser.add_argument("--table", required=True, help="catalog.database.table; made if it is not there")
    parser.add_argument(
        "--artifact", required=True, help="the CNN: the folder of an exported artifact, or an s3:// prefix"
    )
    parser.add_argument("--engine", choices=ENGINES, default="litert", help="what runs the CNN (default: litert)")
    parser.add_argument("--partitions", type=_partitions, default=None, metavar="auto|N", help="default: auto")
    parser.add_argument("--results", help="also write results for the ledger below this s3:// prefix or folder")
    parser.add_argument("--models", help="in results, suggest labels by the latest model below this prefix or folder")
    parser.add_argument("--again", action="store_true", help="also work on what an earlier run of the batch has done")
    parser.add_argument("--chunk-seconds", type=_seconds, default=SECONDS, metavar="N", help="predicted, of one commit")
    add_store(parser)
    add_report(parser)
    a = parser.parse_args(argv)
    where, more = (a.manifest, a.table, a.artifact, a.engine), (a.again, a.chunk_seconds, a.report)
    return Arguments(*where, a.partitions, store_of(a), a.results, a.models, *more)


def _partitions(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither 'auto' nor a number from 1")
    return int(text)


def _seconds(text: str) -> float:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1")
    return float(text)


Inputs = tuple[Artifact, Batch]


def read_inputs(arguments: Arguments) -> Inputs:
    """Read and check the artifact and the manifest; this needs no Spark.

    Raises:
        RetryLater, GiveUp: one of them cannot be read, or is wrong.
    """
    artifact = artifacts.read(arguments.artifact, arguments.store, weights=arguments.engine == "keras")
    if arguments.engine == "litert":
        check(artifact)
    return artifact, manifests.decode(read_object(arguments.manifest, arguments.store))


def log_progress(line: str) -> None:
    """Write a line of progress to standard error, which a run's log keeps."""
    sys.stderr.write(f"{line}\n")


def run(
    spark: SparkRun | SparkSession,
    arguments: Arguments,
    run_id: str,
    started: datetime,
    progress: Progress = log_progress,
    inputs: Callable[[], Inputs] | None = None,
) -> ExtractReport:
    """Do the whole job; `progress` gets a line after each chunk. `inputs` returns what was read meanwhile.

    Raises:
        RetryLater, GiveUp: see the exit codes. Chunks that are committed by then stay, and the next run continues
        there.
    """
    stopwatch, own = Stopwatch(), SparkRun.of(spark)
    with stopwatch.timed("prepare"):
        artifact, batch = inputs() if inputs else read_inputs(arguments)
        engine_spec = broadcast_engine(own.sparkContext, arguments.engine, artifact)
        table = PhotosTable.open(own, arguments.table, arguments.store)
        since = table.current_snapshot()
    card = artifact.card
    report = ExtractReport(
        batch.batch_id, seconds=stopwatch.seconds, backbone=card.backbone, artifact_sha256=card.artifact_sha256
    )
    report.record_manifest(batch, arguments.engine)
    with stopwatch.timed("look"):
        earlier = read_earlier(table, since, batch, card.artifact_sha256, arguments.again)
    photo_settings = PhotoSettings(arguments.store, card.input_size)
    sizes = (arguments.partitions, arguments.chunk_seconds)
    work = Work(own, table, run_id, started, card, engine_spec, photo_settings, *sizes)
    with stopwatch.timed("extract_and_commit"):
        done = Attempt(work, batch, earlier, since).commit(progress)
    report.record_attempt(done, earlier)
    if arguments.results:
        # After the commit, from the table: a run that dies in between has failed, and the next attempt writes both.
        left_out = [*done.left_out(), *earlier.elsewhere]
        _write_results(table, arguments, batch, left_out, report, stopwatch)
    return report


def _write_results(
    table: PhotosTable,
    arguments: Arguments,
    batch: Batch,
    without_row: Sequence[Result],
    report: ExtractReport,
    stopwatch: Stopwatch,
) -> None:
    """Write the results of the batch's rows, and `without_row`: those of photos that have no row in this batch."""
    found: list[Result] = []
    if report.snapshot_id is not None:
        which = (batch.batch_id, report.snapshot_id)
        with stopwatch.timed("results"):
            found = table.results_of(*which)
        if arguments.models:
            with stopwatch.timed("suggest"):
                artifact, store = report.artifact_sha256, arguments.store
                found, report.suggestions = with_suggestions(
                    found, lambda: tables.batch_at(table.run.sql, table.name, *which), arguments.models, store, artifact
                )
    refuse_lost(batch, [*found, *without_row])
    with stopwatch.timed("write_results"):
        uri = f"{str(arguments.results).rstrip('/')}/{results.key(batch.batch_id)}"
        write_object(uri, results.encode([*found, *without_row]), arguments.store)


def main(argv: Sequence[str]) -> int:
    """Run the job and return the exit code."""
    arguments = parse(argv)
    whole = Stopwatch()

    def work() -> dict[str, Any]:
        with ThreadPoolExecutor(1) as beside:  # the JVM works meanwhile
            inputs = beside.submit(read_inputs, arguments)
            with whole.timed("session"):
                spark = open_run("extract", arguments.table)
            report = run(spark, arguments, uuid.uuid4().hex, datetime.now(UTC), inputs=inputs.result)
        report.seconds = whole.around(report.seconds)
        return {"outcome": DONE, **asdict(report)}

    return run_job(work, arguments.report, arguments.store)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
