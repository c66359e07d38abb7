"""The limit: a `mapInArrow` pass that only takes the features' buffers, in a fresh session as ours is."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from benchmarks.pca.arms.common import open_session, parse_arm
from spark_app.lake import changes
from spark_app.lake.vectors import matrix
from spark_app.refit.reading import ROWS_PER_BLOCK


def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Count rows without looking at a number."""
    found = sum(len(matrix(batch.column("features"))) for batch in batches if batch.num_rows)
    yield pa.RecordBatch.from_arrays([pa.array([found], pa.int64())], names=["rows"])


def main() -> None:
    """Measure."""
    given = parse_arm()
    spark = open_session(given.folder)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_PER_BLOCK))
    rows = changes.features_at(spark, given.table.table, given.table.base)
    rows.count()
    with given.timed("reading"):
        features = rows.select("photo_id", "label", "features").coalesce(spark.sparkContext.defaultParallelism)
        found = sum(row.rows for row in features.mapInArrow(count, "rows long").collect())
    spark.stop()
    if found != given.rows:
        raise RuntimeError(f"{found} rows were read, not {given.rows}")
    given.say()


if __name__ == "__main__":
    main()
