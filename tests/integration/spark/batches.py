"""Batches of a table `photos`: rows made by hand, and how many of each batch the table holds."""

from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession

from contracts.tables.photos import COLUMNS


def rows(spark: SparkSession, batch_id: str, count: int, mark: float = 1.0) -> DataFrame:
    schema = ", ".join(f"`{column.name}` {column.type}" for column in COLUMNS)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    given = {"batch_id": batch_id, "bucket": "b", "size_bytes": 1, "received_at": now, "extracted_at": now}
    return spark.createDataFrame(
        [
            tuple(
                {**given, "photo_id": f"{batch_id}-{number}", "features": [mark, mark]}.get(column.name)
                for column in COLUMNS
            )
            for number in range(count)
        ],
        schema,
    )


def counts(spark: SparkSession, table: str) -> dict[str, int]:
    return {row["batch_id"]: row["count"] for row in spark.table(table).groupBy("batch_id").count().collect()}
