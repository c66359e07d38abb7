"""One release at work, in a process of its own: it reads acts as lines of JSON, and answers each with one.

`python tests/releases/child.py FOLDER`, with `FRUITS_RELEASE`. Acts are on the gallery of that folder.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from contracts import models
from contracts.errors import RetryLater
from spark_app.lake import changes, tables
from spark_app.pca import moments_state
from tests.integration.spark.gallery import Gallery, assert_same_moments, latest, some_features
from tests.integration.spark.newer_release import NEW
from tests.integration.spark.session import open_session
from tests.integration.spark.upkeep import NOW, maintain

ANSWER = "answer "
TABLE = "fruits.both.photos_shared"


class Acts:
    """What a release is asked to do. Answers are plain data."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery, self.spark, self.table = gallery, gallery.spark, gallery.table

    def version(self) -> str:
        return self.spark.version.split("-")[0]

    def put(self, batch: str, seed: int, count: int) -> int:
        return self.gallery.put(batch, some_features(seed, count))

    def put_since(self, batch: str, since: int) -> str:
        """Replace a batch by itself, as a run that began at a snapshot."""
        rows = tables.batch_at(self.spark, self.table, batch, since)
        try:
            tables.replace_batch(rows.coalesce(1), self.table, batch, since, f"late-{batch}-{since}")
        except RetryLater:
            return "lost"
        return "committed"

    def add_column(self) -> list[str]:
        tables.ensure_table(self.spark, self.table, NEW)
        return list(self.spark.table(self.table).columns)

    def put_with_camera(self, batch: str, camera: str) -> None:
        """Replace a batch by its own rows, made by a newer release of our code."""
        since = tables.current_snapshot(self.spark, self.table) or 0
        rows = tables.batch_at(self.spark, self.table, batch, since).withColumn("camera", F.lit(camera))
        tables.replace_batch(rows.repartition(4), self.table, batch, since, f"camera-{batch}-{since}")

    def cameras(self) -> dict[str, str | None]:
        found = self.spark.table(self.table).groupBy("batch_id").agg(F.max("camera")).collect()
        return {row[0]: row[1] for row in found}

    def rows(self) -> list[Any]:
        found = self.spark.table(self.table).select("photo_id", "batch_id", "features", "received_at").collect()
        return sorted([row[0], row[1], [float(one) for one in row[2]], row[3].isoformat()] for row in found)

    def changed(self, since: int) -> dict[str, int]:
        until = tables.current_snapshot(self.spark, self.table) or 0
        with changes.changed_rows(self.spark, self.table, since, until) as rows:
            counted = rows.groupBy("change", "batch_id").count().collect()
        return {f"{row.change} {row.batch_id}": row["count"] for row in counted}

    def refit(self) -> list[Any]:
        """Refit; return how, and how many rows; check the model's sums and the matrix against the rows."""
        report = self.gallery.refit()
        state = moments_state.decode(latest(self.gallery).read(models.STATE))
        assert_same_moments(state.moments, self.gallery.expected())
        return [report.outcome, report.mode, report.rows_inserted, report.rows_deleted, len(self.gallery.matrix())]

    def compact(self) -> int:
        """Compact what lies in several files; return how many batches did."""
        return maintain(self.spark, self.table, NOW).batches_compacted


def main(folder: Path) -> None:
    """Answer acts until standard input ends."""
    spark = open_session(folder)
    acts = Acts(Gallery(spark, folder, TABLE))
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(ANSWER + json.dumps(getattr(acts, name)(*arguments)), flush=True)  # noqa: T201 - the answer
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
