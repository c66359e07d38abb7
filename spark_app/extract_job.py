"""Front door: one batch of photos becomes rows of the table `photos`, in one commit, or in several if it is a long one.

    spark-submit … extract_job.py --manifest s3://…/batch.jsonl --table fruits.lake.photos --artifact s3://…/name

Running a batch again keeps the rows that are final and works on the rest; with --again it replaces all. With --models,
its results say what the latest model takes each photo for; a model that is missing or broken costs the suggestions, and
nothing else. The last line of standard output is one JSON object: what was done, how fast.

Exit codes: 0 done · 75 try again later (another run of the batch won, a store did not answer) · 65 give up (manifest,
artifact or table is wrong: running again changes nothing) · 2 wrong arguments · anything else is a fault of ours.
"""

import argparse
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

if __package__ in (None, ""):  # started by path, as spark-submit does: the rooms are beside this file's folder
    sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parent.parent))

from pyspark.sql import SparkSession

from contracts.photos import results
from contracts.photos.results import Result
from spark_app.extract import manifest as manifests
from spark_app.extract import suggestions
from spark_app.extract.attempt import Attempt, Say, Work
from spark_app.extract.chunks import SECONDS
from spark_app.extract.earlier import look, refuse_lost
from spark_app.extract.manifest import Batch
from spark_app.extract.per_photo import Stage
from spark_app.extract.report import Report
from spark_app.front_door import add_report, add_store, ended, store_of
from spark_app.lake import tables
from spark_app.network import artifact as artifacts
from spark_app.network.engines import ENGINES, recipe_for
from spark_app.network.probe import check
from spark_app.session import open_session
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
    parser.add_argument("--artifact", required=True, help="the model: a folder, or an s3:// prefix")
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


def tell(line: str) -> None:
    """Say one line of progress where a run's log has it."""
    sys.stderr.write(f"{line}\n")


def run(spark: SparkSession, arguments: Arguments, run_id: str, started: datetime, say: Say = tell) -> Report:
    """Do the whole job in an open session; `say` is told of each chunk.

    Raises:
        RetryLater, GiveUp: see the exit codes. Chunks that were committed before stay, and the next run goes on there.
    """
    opened = perf_counter()
    artifact = artifacts.read(arguments.artifact, arguments.store, weights=arguments.engine == "keras")
    if arguments.engine == "litert":
        check(artifact)
    batch = manifests.decode(read_object(arguments.manifest, arguments.store))
    card = artifact.card
    report = Report(batch.batch_id, backbone=card.backbone, artifact_sha256=card.artifact_sha256)
    report.knows(batch, arguments.engine)
    recipe = recipe_for(spark, arguments.engine, artifact)
    tables.ensure_photos(spark, arguments.table)
    since = tables.current_snapshot(spark, arguments.table)
    report.seconds["prepare"] = round(perf_counter() - opened, 3)

    with report.timed("look"):
        earlier = look(spark, arguments.table, since, batch, card.artifact_sha256, arguments.again)
    stage = Stage(arguments.store, card.input_size)
    sizes = (arguments.partitions, arguments.chunk_seconds)
    work = Work(spark, arguments.table, run_id, started, card, recipe, stage, *sizes)
    with report.timed("extract_and_commit"):
        done = Attempt(work, batch, earlier, since).committed(say)
    report.did(done, earlier)
    if arguments.results:
        # After the commit, from the table: a run that dies in between has failed, and the next attempt writes both.
        _write_results(spark, arguments, batch, [*done.left_out(), *earlier.elsewhere], report)
    return report


def _write_results(
    spark: SparkSession, arguments: Arguments, batch: Batch, without: Sequence[Result], report: Report
) -> None:
    """Write what the batch's rows say, and `without`: the results of photos that have no row in this batch."""
    found: list[Result] = []
    if report.snapshot_id is not None:
        rows = tables.batch_at(spark, arguments.table, batch.batch_id, report.snapshot_id)
        with report.timed("results"):
            found = tables.results_of(rows)
        if arguments.models:
            with report.timed("suggest"):
                artifact, store = report.artifact_sha256, arguments.store
                found, report.suggestions = suggestions.added(found, rows, arguments.models, store, artifact)
    refuse_lost(batch, [*found, *without])
    with report.timed("write_results"):
        place = f"{str(arguments.results).rstrip('/')}/{results.key(batch.batch_id)}"
        write_object(place, results.encode([*found, *without]), arguments.store)


def main(argv: Sequence[str]) -> int:
    """Run the job and return the exit code."""
    arguments = parse(argv)
    began = perf_counter()

    def work() -> dict[str, Any]:
        spark = open_session("extract", arguments.table)
        opened = round(perf_counter() - began, 3)
        report = run(spark, arguments, run_id=uuid.uuid4().hex, started=datetime.now(UTC))
        report.seconds = {"session": opened, **report.seconds, "total": round(perf_counter() - began, 3)}
        return {"outcome": "done", **asdict(report)}

    return ended(work, arguments.report, arguments.store)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
