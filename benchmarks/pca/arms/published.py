"""Ours, the whole job: from the table to a published version with its matrix, pictures and suggestions."""

import shutil
import uuid
from datetime import UTC, datetime

from benchmarks.pca.arms.common import COMPONENTS, open_session, parse_arm
from spark_app import refit_job
from spark_app.models.store import ModelStore
from spark_app.pca.fit import FitSettings
from spark_app.stores.buckets import StoreSettings


def main() -> None:
    """Measure."""
    given = parse_arm()
    spark = open_session(given.folder)
    models = given.folder / "models"
    shutil.rmtree(models, ignore_errors=True)
    reduced, store = f"fruits.bench.reduced_{given.rows}", StoreSettings()
    spark.sql(f"DROP TABLE IF EXISTS {reduced} PURGE")
    arguments = refit_job.Arguments(
        given.table.table, reduced, str(models), store, FitSettings(k=COMPONENTS), artifact_sha256=None
    )
    with given.timed("published"):
        found = refit_job.run(
            spark, arguments, ModelStore.at(str(models), store), uuid.uuid4().hex, started=datetime.now(UTC)
        )
    if found.outcome != "done":
        raise RuntimeError(f"the refit was {found.outcome}")
    given.seconds |= found.seconds
    spark.stop()
    given.say(k=found.k, n=found.n)


if __name__ == "__main__":
    main()
