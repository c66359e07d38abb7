"""Ours: a refit in a fresh session, by the job's own rooms, without publication.

`--refit full` of the base; `few` and `percent`: incremental, from the full one's state to the snapshot of that name.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from types import SimpleNamespace
from typing import Any, cast

from pyspark.sql import SparkSession

from benchmarks.pca.arms.common import COMPONENTS, Arm, open_session, parse_arm
from benchmarks.pca.table import Written
from contracts import models
from spark_app.lake import changes
from spark_app.models.store import Published
from spark_app.pca import moments_state
from spark_app.pca.fit import FitSettings, fit
from spark_app.refit import feature_pass
from spark_app.refit.artifacts import artifacts_at
from spark_app.refit.measure import Measured, measure
from spark_app.refit.plan import FitTarget, Mode
from spark_app.refit.reading import ROWS_PER_BLOCK
from spark_app.refit.target_rows import TargetRows
from spark_app.stores.buckets import StoreSettings


class Reading:
    """Clocks what a refit spends on rows: finding, reading and adding them up. The rest is the same at any number."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._add_up, self._changed_rows = feature_pass.add_up, changes.changed_rows

    def start(self) -> None:
        """Put the clock around both calls."""
        feature_pass.add_up = self.add_up  # type: ignore[assignment]
        changes.changed_rows = self.changed_rows  # type: ignore[assignment]

    def add_up(self, *given: Any) -> Any:
        """`feature_pass.add_up`, clocked."""
        started = perf_counter()
        try:
            return self._add_up(*given)
        finally:
            self.seconds += perf_counter() - started

    @contextmanager
    def changed_rows(self, *given: Any) -> Iterator[Any]:
        """`changes.changed_rows`, with the making of the view clocked."""
        started = perf_counter()
        with self._changed_rows(*given) as rows:
            self.seconds += perf_counter() - started
            yield rows


def target(spark: SparkSession, table: Written, snapshot_id: int) -> FitTarget:
    """Name what is fitted, as the job finds it: all rows of a snapshot."""
    (found,) = artifacts_at(spark, table.table, snapshot_id, StoreSettings())
    return FitTarget(table.table, snapshot_id, 1, found.rows, found.backbone, found.artifact_sha256)


def refitted(given: Arm, name: str, spark: SparkSession, what: FitTarget, state: bytes | None) -> Measured:
    """Refit, and say what the moments and the eigenvectors took."""
    held = {models.STATE: state}
    latest = cast(Published, SimpleNamespace(read=lambda file: held[file])) if state else None
    with given.timed("moments"):
        found = measure(spark, TargetRows(spark, what, StoreSettings()), latest, state is None)
    with given.timed("eigenvectors"):
        model = fit(found.state.moments, FitSettings(k=COMPONENTS))
    if found.plan.mode is not (Mode.FULL if state is None else Mode.INCREMENTAL):
        raise RuntimeError(f"{name} was {found.plan.mode}: {found.plan.why}")
    given.keep(f"ours_{name}", model.variances)
    return found


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--refit", required=True, choices=("full", "few", "percent"))
    chosen, sys.argv[1:] = parser.parse_known_args()
    given = parse_arm()
    spark = open_session(given.folder)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_PER_BLOCK))  # as the job does
    table, kept = given.table, given.folder / f"state-{given.rows}.npz"
    full = chosen.refit == "full"
    what = target(spark, table, table.base if full else getattr(table, chosen.refit))
    reading = Reading()
    reading.start()
    found = refitted(given, chosen.refit, spark, what, None if full else kept.read_bytes())
    given.seconds["reading"] = reading.seconds  # a part of "moments"
    if full:
        kept.write_bytes(moments_state.encode(found.state))
    spark.stop()
    given.say(new_rows=found.inserted)


if __name__ == "__main__":
    main()
