"""Remove the files in a table's folder that no snapshot of it knows, unless the folder seems to be another table's.

Most files in a table's folder are its own. Where most are not, the catalog has probably forgotten an older table, and
this one was made in its place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from spark_app.lake.tables import iceberg

YOUNGEST = timedelta(days=3)
"""Minimum age of an orphan. Files of a commit under way look like orphans, and no run of ours may last that long."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """How many were removed, or refused because they outnumber the files that the table knows (`known`)."""

    removed: int = 0
    refused: int = 0
    known: int = 0


def remove(
    spark: SparkSession, table: str, older_than: timedelta, now: datetime, youngest: timedelta = YOUNGEST
) -> Orphans:
    """Delete the files in the table's folder that no snapshot of it knows, unless they are more than those it knows.

    They are listed once, so exactly the counted files are deleted. The table's own FileIO lists them, because Spark
    itself may know no S3 file system. It ends the folder with a slash, so it sees no other table's files.

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
    # In place of a deleter, a stream's builder takes the files: it is the one `Consumer` that Java has ready.
    found = action.usePrefixListing(True).deleteWith(jvm.java.util.stream.Stream.builder()).execute()
    return [str(location) for location in found.orphanFileLocations()]


def _known(spark: SparkSession, table: str) -> int:
    """Count the files that the table's snapshots know, metadata included, as orphans are of all kinds too."""

    def count(part: str, column: str) -> int:
        return spark.table(f"{table}.{part}").select(column).distinct().count()

    files, manifests = count("all_files", "file_path"), count("all_manifests", "path")
    return files + manifests + count("snapshots", "manifest_list") + count("metadata_log_entries", "file")
