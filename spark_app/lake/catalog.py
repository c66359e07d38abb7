"""A table by Iceberg's own catalog, without Spark SQL: its Java object, and what its columns are."""

from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import SparkContext

from spark_app.lake.evolution import TableColumn

_MISSING = ("NoSuchTableException", "NoSuchIcebergTableException", "NoSuchNamespaceException")


def find_table(context: SparkContext, table: str) -> Any | None:
    """Load `catalog.database.table` as it is now; None if the catalog does not have it.

    The catalog is the one that Spark SQL would make: of the settings `spark.sql.catalog.<catalog>.*`.
    """
    jvm: Any = context._jvm
    catalog, _, name = table.partition(".")
    prefix = f"spark.sql.catalog.{catalog}."
    options = jvm.java.util.HashMap()
    for key, value in context.getConf().getAll():
        if key.startswith(prefix):
            options.put(key.removeprefix(prefix), value)
    hadoop = context._jsc.hadoopConfiguration()
    built = jvm.org.apache.iceberg.CatalogUtil.buildIcebergCatalog(catalog, options, hadoop)
    try:
        return built.loadTable(jvm.org.apache.iceberg.catalog.TableIdentifier.parse(name))
    except Py4JJavaError as error:
        if any(name in str(error.java_exception.getClass().getName()) for name in _MISSING):
            return None
        raise


def columns(context: SparkContext, loaded: Any) -> list[TableColumn]:
    """Return a loaded table's columns with their Spark SQL types."""
    jvm: Any = context._jvm
    fields = jvm.org.apache.iceberg.spark.SparkSchemaUtil.convert(loaded.schema()).fields()
    return [TableColumn(str(f.name()), str(f.dataType().simpleString()), bool(f.nullable())) for f in fields]


def current_snapshot(loaded: Any) -> int | None:
    """Return the id of a loaded table's current snapshot; None while it has none."""
    snapshot = loaded.currentSnapshot()
    return None if snapshot is None else int(snapshot.snapshotId())
