"""Metadata files that an Iceberg table has left in its folder, after its catalog has forgotten the table."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

# `00007-<uuid>.metadata.json` in Glue, `v7.metadata.json` in a folder; packed ones have `.gz` before `.metadata`.
_METADATA = re.compile(r"(?:([0-9]+)-[^/]*|v([0-9]+)(?:\.gz)?)\.metadata\.json")
# Number of the first file of either kind: a table without a commit. Another run may be creating it right now.
_FIRST = {"hive": 0, "folder": 1}


def find_left(spark: SparkSession, table: str) -> str | None:
    """Return the URI of the newest metadata file in the folder where a table would be created, or None.

    The file that a creation writes does not count, since it names no row. None, too, if the catalog has the table.
    """
    jvm: Any = spark.sparkContext._jvm
    catalog, _, name = table.partition(".")
    there = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergCatalog(spark._jsparkSession, catalog)
    # A creation that is never committed, because only the catalog knows where it would put the table.
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
    """Return the URI of the latest version among files (URI, ms since 1970); of two equal ones the younger (pure)."""
    versions = [(number, time, uri) for uri, time in files if (number := commits(uri)) > 0]
    return max(versions)[2] if versions else None


def commits(uri: str) -> int:
    """Return how many commits precede a metadata file; -1 for any other file (pure)."""
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
        if "FileNotFoundException" not in str(error):  # from a file system with folders: this one does not exist
            raise
