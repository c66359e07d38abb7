"""The only place that starts Spark: its context, and a session of Spark SQL where a run needs one.

Settings come from `spark-submit` (see `contracts/jobs/spark_settings.py`), because here it is too late to size a
worker.
"""

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from contracts.errors import GiveUp


class SparkRun:
    """A run's Spark. It has a context from the start, and opens a session of Spark SQL at the first use of `sql`.

    Without a session a run saves the CPU of a second or two: Spark SQL loads and links thousands of classes.
    """

    def __init__(self, context: SparkContext, session: SparkSession | None = None) -> None:
        self.sparkContext, self._session = context, session  # Spark's own name: what takes a session takes this too

    @classmethod
    def of(cls, spark: "SparkSession | SparkRun") -> "SparkRun":
        """Return the run of a session that is open already."""
        return spark if isinstance(spark, SparkRun) else cls(spark.sparkContext, spark)

    @property
    def has_sql(self) -> bool:
        """Whether a session of Spark SQL is open."""
        return self._session is not None

    @property
    def sql(self) -> SparkSession:
        """The session of Spark SQL."""
        if self._session is None:
            self._session = SparkSession.builder.getOrCreate()
        return self._session


def open_run(name: str, table: str) -> SparkRun:
    """Open Spark's context for this run, and no session of Spark SQL.

    Raises:
        GiveUp: the table's catalog is not configured.
    """
    context = SparkContext.getOrCreate(SparkConf().setAppName(name).set("spark.sql.session.timeZone", "UTC"))
    context.setLogLevel("WARN")
    _refuse_unless(context.getConf().contains(_catalog(table)), table)
    return SparkRun(context)


def open_session(name: str, table: str) -> SparkSession:
    """Open the session of this run, in UTC.

    Raises:
        GiveUp: the table's catalog is not configured.
    """
    spark = SparkSession.builder.appName(name).config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    _refuse_unless(bool(spark.conf.get(_catalog(table), None)), table)
    return spark


def _catalog(table: str) -> str:
    return f"spark.sql.catalog.{table.split('.')[0]}"


def _refuse_unless(configured: bool, table: str) -> None:
    if not configured:
        name = table.split(".")[0]
        raise GiveUp(f"no catalog {name!r}: pass spark-submit the settings of contracts/jobs/spark_settings.py")
