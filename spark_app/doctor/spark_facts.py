"""What Spark and its Java are, and what they were given."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from pyspark.sql import SparkSession

from spark_app.doctor import process
from spark_app.doctor.probing import described

Clock = Callable[[], float]


def versions(spark: SparkSession) -> dict[str, str]:
    """Return the versions of Spark and what it stands on; `failed: …` where one cannot be told."""
    jvm: Any = spark._jvm
    asked: dict[str, Callable[[], str]] = {
        "spark": lambda: spark.version,
        "java": lambda: jvm.java.lang.System.getProperty("java.version"),
        "scala": lambda: jvm.scala.util.Properties.versionNumberString(),
        "hadoop": lambda: jvm.org.apache.hadoop.util.VersionInfo.getVersion(),
        "iceberg": lambda: jvm.org.apache.iceberg.IcebergBuild.version(),
        "aws_sdk": lambda: jvm.software.amazon.awssdk.core.util.VersionInfo.SDK_VERSION,
    }
    return {name: _said(ask) for name, ask in asked.items()}


def heap(spark: SparkSession) -> int:
    """Return how many bytes the driver's heap may take."""
    jvm: Any = spark._jvm
    return int(jvm.java.lang.Runtime.getRuntime().maxMemory())


def java_credentials(spark: SparkSession) -> dict[str, Any]:
    """Get credentials as Iceberg does, by the SDK's default chain; return who gave them, and their kind."""
    jvm: Any = spark._jvm
    chain = jvm.software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider.create()
    identity = chain.resolveCredentials()
    return {"source": identity.providerName().orElse("unnamed"), "kind": identity.getClass().getSimpleName()}


def executors(spark: SparkSession) -> dict[str, int]:
    """Return how many executors have registered, and the default parallelism, now."""
    context: Any = spark.sparkContext
    registered = context._jsc.sc().getExecutorMemoryStatus().size() - 1  # it has the driver too
    return {"registered": int(registered), "parallelism": int(context.defaultParallelism)}


def settled_executors(
    spark: SparkSession,
    first: dict[str, int],
    within: float,
    clock: Clock = monotonic,
    wait: Callable[[float], None] = sleep,
) -> dict[str, Any]:
    """Wait until all executors have registered, `within` seconds at most; return the first look and the last one.

    A run in one process (`local[n]`) has none to wait for.
    """
    conf, started = spark.sparkContext.getConf(), clock()
    one_process = str(conf.get("spark.master", "")).startswith("local[")
    asked = 0 if one_process else int(conf.get("spark.executor.instances", "0") or 0)
    last = executors(spark)
    while last["registered"] < asked and clock() - started < within:
        wait(0.5)
        last = executors(spark)
    return {"asked": asked, "first": first, "last": last, "seconds": round(clock() - started, 1)}


def workers(spark: SparkSession) -> dict[str, Any]:
    """Have each core look at itself; return how many did, and what they are where they are alike, else the first."""
    context = spark.sparkContext
    many = max(1, context.defaultParallelism)
    found = context.parallelize(range(many), many).map(process.worker).collect()
    alike = all(one == found[0] for one in found)
    return {"cores": len(found), "alike": alike, **found[0]}


def _said(ask: Callable[[], str]) -> str:
    try:
        return str(ask())
    except Exception as error:  # noqa: BLE001  a class that is not on the class path is a finding like any other
        return f"failed: {described(error)}"[:200]
