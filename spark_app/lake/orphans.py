"""Files in a table's folder that no snapshot of it knows, and the one reason to leave them where they are.

Most of a table's folder is its own. Where most of it is not, the folder is another table's: its catalog has forgotten
that one, and this one was made in its place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from spark_app.lake.tables import iceberg

YOUNGEST = timedelta(days=3)
"""Files of a commit under way look like orphans; no run of ours may last that long."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """How many were removed, or how many were left because they are more than the `known` files of the table."""

    removed: int = 0
    refused: int = 0
    known: int = 0


def remove(
    spark: SparkSession, table: str, older_than: timedelta, now: datetime, youngest: timedelta = YOUNGEST
) -> Orphans:
    """Delete the files in the table's folder that no snapshot of it knows, unless they are more than those it knows.

    They are listed once: what was counted is what goes. By the table's own FileIO, because Spark itself may know no S3
    file system. Its folder ends with a slash there, so that no other table's files are seen.

    Raises:
        GiveUp: `older_than` is less than `youngest`.
    """
    if older_than < youngest:
        raise GiveUp(f"orphans of {older_than} may be files of a commit under way: give {youngest} or more")
    found = _listed(spark, table, now - older_than)
    if not found:
        return Orphans()
    known = _known(spark, table)
    if len(found) > known:
        return Orphans(refused=len(found), known=known)
    jvm: Any = spark.sparkContext._jvm
    files = jvm.java.util.ArrayList()
    for location in found:
        files.add(location)
    iceberg(spark, table).io().deleteFiles(files)
    return Orphans(removed=len(found), known=known)


def _listed(spark: SparkSession, table: str, before: datetime) -> list[str]:
    jvm: Any = spark.sparkContext._jvm
    actions = jvm.org.apache.iceberg.spark.actions.SparkActions.get(spark._jsparkSession)
    action = actions.deleteOrphanFiles(iceberg(spark, table)).olderThan(int(before.timestamp() * 1000))
    # A stream's builder takes each file in place of what would delete it: it is the one `Consumer` that Java has ready.
    found = action.usePrefixListing(True).deleteWith(jvm.java.util.stream.Stream.builder()).execute()
    return [str(location) for location in found.orphanFileLocations()]


def _known(spark: SparkSession, table: str) -> int:
    """Count the files that the table's snapshots know, metadata too: orphans are counted of all kinds as well."""

    def count(part: str, column: str) -> int:
        return spark.table(f"{table}.{part}").select(column).distinct().count()

    files, manifests = count("all_files", "file_path"), count("all_manifests", "path")
    return files + manifests + count("snapshots", "manifest_list") + count("metadata_log_entries", "file")
