"""What an Iceberg table has left in its folder after its catalog has forgotten it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

# `00007-<uuid>.metadata.json` in Glue, `v7.metadata.json` in a folder; packed ones have `.gz` before `.metadata`.
_METADATA = re.compile(r"(?:([0-9]+)-[^/]*|v([0-9]+)(?:\.gz)?)\.metadata\.json")
# The first file of either kind: the table without any commit. Another run may be creating it at this moment.
_FIRST = {"hive": 0, "folder": 1}


def left(spark: SparkSession, table: str) -> str | None:
    """Return the URI of the newest metadata file where a table would be created, or None.

    One that a creation writes does not count: it names no row. Nor does any where the table is in the catalog.
    """
    jvm: Any = spark.sparkContext._jvm
    catalog, _, name = table.partition(".")
    there = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergCatalog(spark._jsparkSession, catalog)
    # A creation that is never committed: only the catalog knows where it would put the table.
    builder = there.buildTable(
        jvm.org.apache.iceberg.catalog.TableIdentifier.parse(name),
        jvm.org.apache.iceberg.Schema(jvm.java.util.ArrayList()),
    )
    try:
        created = builder.createTransaction().table()
    except Py4JJavaError as error:
        if "AlreadyExistsException" not in str(error):
            raise
        return None
    return newest_of(_listed(created.io(), f"{str(created.location()).rstrip('/')}/metadata/"))


def newest_of(files: Iterable[tuple[str, int]]) -> str | None:
    """Return the URI of the latest version among files of (URI, ms since 1970), the younger one of two (pure)."""
    versions = [(number, time, uri) for uri, time in files if (number := commits(uri)) > 0]
    return max(versions)[2] if versions else None


def commits(uri: str) -> int:
    """Return how many commits a metadata file has behind it; -1 for a file that is none (pure)."""
    found = _METADATA.fullmatch(uri.rpartition("/")[2])
    if found is None:
        return -1
    hive, folder = found.groups()
    return int(hive) - _FIRST["hive"] if hive else int(folder) - _FIRST["folder"]


def _listed(io: Any, prefix: str) -> Iterator[tuple[str, int]]:
    try:
        files = io.listPrefix(prefix).iterator()
        while files.hasNext():
            file = files.next()
            yield str(file.location()), int(file.createdAtMillis())
    except Py4JJavaError as error:
        if "FileNotFoundException" not in str(error):  # of a file system that has folders: there is none
            raise
