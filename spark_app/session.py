"""The only place that builds a SparkSession.

Settings come from `spark-submit` (see `contracts/jobs/spark_settings.py`), because here it is too late to size a
worker.
"""

from pyspark.sql import SparkSession

from contracts.errors import GiveUp


def open_session(name: str, table: str) -> SparkSession:
    """Open the session of this run, in UTC.

    Raises:
        GiveUp: the table's catalog is not configured.
    """
    spark = SparkSession.builder.appName(name).config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    catalog = table.split(".")[0]
    if not spark.conf.get(f"spark.sql.catalog.{catalog}", None):
        raise GiveUp(f"no catalog {catalog!r}: pass spark-submit the settings of contracts/jobs/spark_settings.py")
    return spark
