"""Front door: one batch of photos becomes rows of the table `photos`, in one commit.

    spark-submit … extract_job.py --manifest s3://…/batch.jsonl --table fruits.lake.photos --artifact s3://…/name

Running a batch again replaces its rows. With --models, its results say what the latest model takes each photo for; a
model that is missing or broken costs the suggestions, and nothing else. The last line of standard output is one JSON
object: what was done, how fast.

Exit codes: 0 done · 75 try again later (another run of the batch won, a store did not answer) · 65 give up (manifest,
artifact or table is wrong: running again changes nothing) · 2 wrong arguments · anything else is a fault of ours.
"""

import argparse
import sys
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

if __package__ in (None, ""):  # started by path, as spark-submit does: the rooms are beside this file's folder
    sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parent.parent))

from pyspark.sql import DataFrame, SparkSession

from infra.contracts import results
from infra.contracts.rejections import Rejection
from spark_app import artifact as artifacts
from spark_app import manifest as manifests
from spark_app import suggestions, tables
from spark_app.engines import ENGINES, recipe_for
from spark_app.extract import CountsParam, extract, planned, shares, table_rows
from spark_app.front_door import add_store, ended, store_of
from spark_app.objects import StoreSettings, read, write
from spark_app.probe import check
from spark_app.session import open_session
from spark_app.stage import Stage
from spark_app.task import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterator


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


@dataclass
class Report:
    """What the JSON line says. Seconds are of wall time on the driver; `workers` sums over all tasks."""

    batch_id: str
    photos: int
    features: int = 0
    rejections: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    images_per_second: float = 0.0
    bytes_read: int = 0
    snapshot_id: int | None = None
    backbone: str = ""
    artifact_sha256: str = ""
    engine: str = ""
    partitions: int = 0
    workers: dict[str, int] = field(default_factory=dict)
    suggestions: dict[str, Any] | None = None

    @contextmanager
    def timed(self, stage: str) -> "Iterator[None]":
        """Book the block's wall time under a stage's name."""
        started = perf_counter()
        yield
        self.seconds[stage] = round(perf_counter() - started, 3)


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
    add_store(parser)
    a = parser.parse_args(argv)
    return Arguments(a.manifest, a.table, a.artifact, a.engine, a.partitions, store_of(a), a.results, a.models)


def _partitions(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither 'auto' nor a number from 1")
    return int(text)


def run(spark: SparkSession, arguments: Arguments, run_id: str, started: datetime) -> Report:
    """Do the whole job in an open session.

    Raises:
        RetryLater, GiveUp: see the exit codes; in both cases no row of this run is in the table.
    """
    opened = perf_counter()
    artifact = artifacts.read(arguments.artifact, arguments.store, weights=arguments.engine == "keras")
    if arguments.engine == "litert":
        check(artifact)
    manifest = manifests.decode(read(arguments.manifest, arguments.store))
    report = Report(manifest.batch_id, len(manifest.photos), engine=arguments.engine)
    report.backbone, report.artifact_sha256 = artifact.card.backbone, artifact.card.artifact_sha256
    recipe = recipe_for(spark, arguments.engine, artifact)
    tables.ensure_photos(spark, arguments.table)
    since = tables.current_snapshot(spark, arguments.table)
    report.seconds["prepare"] = round(perf_counter() - opened, 3)

    counts = spark.sparkContext.accumulator(Counter(), CountsParam())
    plan = planned(manifest, arguments.partitions, spark.sparkContext.defaultParallelism)
    report.partitions = len(plan)
    stage = Stage(arguments.store, artifact.card.input_size)
    with report.timed("extract_and_commit"):
        rows = extract(shares(spark, plan), stage, recipe, counts)
        final = table_rows(rows, manifest.batch_id, report.backbone, report.artifact_sha256, started)
        # One action, so the CNN runs once. Each task has checked its rows against its photos before the commit.
        report.snapshot_id = tables.replace_batch(final, arguments.table, manifest.batch_id, since, run_id)
    if arguments.results:
        # After the commit, from the table: a run that dies in between has failed, and the next attempt writes both.
        batch = tables.batch_at(spark, arguments.table, manifest.batch_id, report.snapshot_id)
        _write_results(batch, arguments, f"{arguments.results.rstrip('/')}/{results.key(manifest.batch_id)}", report)
    return _tallied(report, counts.value)


def _write_results(batch: DataFrame, arguments: Arguments, place: str, report: Report) -> None:
    with report.timed("results"):
        found = tables.results_of(batch)
    if arguments.models:
        with report.timed("suggest"):
            artifact, store = report.artifact_sha256, arguments.store
            found, report.suggestions = suggestions.added(found, batch, arguments.models, store, artifact)
    with report.timed("write_results"):
        write(place, results.encode(found), arguments.store)


def _tallied(report: Report, counts: "Counter[str]") -> Report:
    # Exact: Spark counts each task of an action's last stage once, however often it was tried.
    report.features = counts.pop(FEATURES, 0)
    report.rejections = {code.value: counts.pop(code.value) for code in Rejection if code.value in counts}
    report.bytes_read = counts["bytes_read"]
    report.workers = dict(sorted(counts.items()))
    report.images_per_second = round(report.photos / report.seconds["extract_and_commit"], 1)
    return report


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

    return ended(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
