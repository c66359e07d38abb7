"""Entry point: refit the PCA on one pinned snapshot of the table `photos`, and publish it as a new version.

    spark-submit … refit_job.py --table fruits.lake.photos --reduced fruits.lake.reduced --models s3://…/models/pca

A refit is incremental where it can be; where it cannot, the report says why. The last line of standard output is one
JSON object. Its `outcome` is `done`, `unchanged` (no row came or went, so no version was made), `superseded` (a model
of a newer snapshot is published already), or the name of an error.

Exit codes: 0 done, unchanged or superseded · 75 try again later (the table or a store was busy) · 65 give up (there is
nothing to fit, or a row is unusable: `refusal` says which) · 2 wrong arguments · anything else is a fault of ours.
"""

import argparse
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # started by its path, as spark-submit does: the packages lie beside this file's folder
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pyspark.sql import SparkSession

from contracts import models
from spark_app.entry_point import Stopwatch, add_report, add_store, run_job, store_of
from spark_app.lake import changes
from spark_app.lake.tables import refuse_odd_name
from spark_app.memory import peak_mb
from spark_app.models.store import ModelStore, Published
from spark_app.pca.fit import FitSettings
from spark_app.refit.artifacts import artifacts_at
from spark_app.refit.measure import fit_and_compare, measure, target_of
from spark_app.refit.plan import FitTarget
from spark_app.refit.publish import Candidate, publish_version, same_settings
from spark_app.refit.reading import ROWS_PER_BLOCK
from spark_app.refit.report import RefitReport
from spark_app.refit.target_rows import TargetRows
from spark_app.session import open_session
from spark_app.stores.buckets import StoreSettings


@dataclass(frozen=True, slots=True)
class Arguments:
    """The job's arguments, checked. `artifact_sha256` None means: that of the newest row."""

    table: str
    reduced: str
    models: str
    store: StoreSettings
    settings: FitSettings = field(default_factory=FitSettings)
    full: bool = False
    artifact_sha256: str | None = None
    report: str | None = None


def parse(argv: Sequence[str]) -> Arguments:
    """Parse the command line; wrong arguments leave with exit code 2 and say what is expected."""
    parser = argparse.ArgumentParser("refit_job", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--table", required=True, help="catalog.database.table of the features")
    parser.add_argument("--reduced", required=True, help="catalog.database.table of the matrix; made if not there")
    parser.add_argument("--models", required=True, help="where models are published: an s3:// prefix or a folder")
    parser.add_argument("--full", action="store_true", help="read all rows, though the changes would do")
    parser.add_argument("--artifact-sha256", default=None, help="fit the rows of this artifact (default: the newest's)")
    d = FitSettings()
    parser.add_argument("--k", type=_count, default=d.k, help="components to keep (default: by --variance)")
    parser.add_argument("--variance", type=_share, default=d.variance, help="share to keep (default: %(default)s)")
    parser.add_argument("--k-min", type=_count, default=d.k_min, help="keep at least (default: %(default)s)")
    parser.add_argument("--k-max", type=_count, default=d.k_max, help="keep at most (default: %(default)s)")
    parser.add_argument("--standardize", action="store_true", help="divide each feature by its standard deviation")
    add_store(parser)
    add_report(parser)
    a = parser.parse_args(argv)
    if a.k_min > a.k_max:
        parser.error(f"--k-min {a.k_min} is more than --k-max {a.k_max}")
    settings = FitSettings(k=a.k, variance=a.variance, k_min=a.k_min, k_max=a.k_max, standardize=a.standardize)
    where = (a.table, a.reduced, a.models.rstrip("/"), store_of(a))
    return Arguments(*where, settings, a.full, a.artifact_sha256, a.report)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0.0 < share <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no share of the variance: give a number above 0, at most 1")
    return share


def run(spark: SparkSession, arguments: Arguments, store: ModelStore, run_id: str, started: datetime) -> RefitReport:
    """Do the whole job in an open session.

    Raises:
        RetryLater, GiveUp: see the exit codes; in both cases readers see what they saw before.
    """
    _tune(spark)
    stopwatch = Stopwatch()
    report = RefitReport(table=arguments.table, seconds=stopwatch.seconds)
    with stopwatch.timed("plan"):
        target, latest = _pin(spark, arguments, store, report)
    if latest is not None and latest.pointer.sequence_number > target.sequence_number:
        report.outcome = "superseded"
        return report
    with stopwatch.timed("measure"):
        rows = TargetRows(spark, target, arguments.store)
        measured = measure(spark, rows, latest, arguments.full)
    report.mode, report.why, report.read_by_spark = measured.plan.mode.value, measured.plan.why, rows.why_spark
    report.rows_inserted, report.rows_deleted = measured.inserted, measured.deleted
    report.n = measured.state.moments.count
    if latest is not None and measured.nothing_new and same_settings(latest.card, arguments.settings):
        report.outcome, report.version, report.k = "unchanged", latest.pointer.version, latest.card.k
        return report
    with stopwatch.timed("fit"):
        model, drift = fit_and_compare(measured.state, arguments.settings, latest)
    name = models.version_name(target.sequence_number, run_id)
    candidate = Candidate(name, target, measured, model, drift, latest, arguments.settings, report.left_out, started)
    output = (f"{arguments.models}/{name}/{models.MATRIX}", arguments.store)
    report.record(publish_version(spark, candidate, rows, store, arguments.reduced, output, stopwatch))
    return report


def _pin(
    spark: SparkSession, arguments: Arguments, store: ModelStore, report: RefitReport
) -> tuple[FitTarget, Published | None]:
    # The snapshot first, then the pointer: so a model that is published in between is seen to be newer.
    snapshot = changes.pin(spark, arguments.table)
    found = [] if snapshot is None else artifacts_at(spark, arguments.table, snapshot.id, arguments.store)
    target, report.left_out = target_of(arguments.table, snapshot, found, arguments.artifact_sha256)
    report.snapshot_id, report.sequence_number = target.snapshot_id, target.sequence_number
    report.backbone, report.artifact_sha256 = target.backbone, target.artifact_sha256
    latest = store.latest()
    report.previous = None if latest is None else latest.pointer.version
    return target, latest


def _tune(spark: SparkSession) -> None:
    # Spark's Arrow batch is the block of the matrix product; the 256 rows that suit the CNN are too few.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_PER_BLOCK))
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")


def main(argv: Sequence[str]) -> int:
    """Run the job and return the exit code."""
    arguments = parse(argv)
    whole = Stopwatch()

    def work() -> dict[str, Any]:
        for table in (arguments.table, arguments.reduced):
            refuse_odd_name(table)
        with whole.timed("session"):
            spark = open_session("refit", arguments.table)
        store = ModelStore.at(arguments.models, arguments.store)
        report = run(spark, arguments, store, run_id=uuid.uuid4().hex, started=datetime.now(UTC))
        report.seconds = whole.around(report.seconds)
        report.peak_driver_mb = peak_mb()
        return asdict(report)

    return run_job(work, arguments.report, arguments.store)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
