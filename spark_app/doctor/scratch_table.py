"""A table that is made, written, read and dropped: the rights on Glue, and Iceberg's own client of S3."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from contracts.jobs.probes import SCRATCH_PREFIX
from spark_app.doctor.probing import described


def database(spark: SparkSession, name: str) -> str:
    """Ask for a database, `catalog.database`; return its name. Raises what Spark raises."""
    spark.sql(f"DESCRIBE NAMESPACE {name}").collect()
    return name


def scratch_table(spark: SparkSession, database: str) -> dict[str, Any]:
    """Make a table of a new name, write one row, read it, drop the table with its files.

    Raises:
        GiveUp: a step failed; the message begins with its name, and names a table that was left.
    """
    table = f"{database}.{SCRATCH_PREFIX}{uuid4().hex[:12]}"
    with _step("create"):
        spark.sql(f"CREATE TABLE {table} (number INT) USING iceberg")
    problems: list[str] = []
    with _step("write", problems):
        spark.range(1).selectExpr("CAST(id AS INT) AS number").writeTo(table).append()
        rows = spark.table(table).count()
    with _step(f"drop (the table {table} is left: drop it by hand)", problems):
        spark.sql(f"DROP TABLE {table} PURGE")
    if problems:
        raise GiveUp("; ".join(problems))
    return {"rows": rows}


@contextmanager
def _step(name: str, problems: list[str] | None = None) -> Iterator[None]:
    """Raise a GiveUp that begins with the step's name, or put its message with the others and go on."""
    try:
        yield
    except Exception as error:
        problem = f"{name}: {described(error)}"
        if problems is None:
            raise GiveUp(problem) from error
        problems.append(problem)
