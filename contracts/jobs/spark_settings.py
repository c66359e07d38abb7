"""Spark settings as one table for a laptop and for AWS, so that what was tested is what runs.

Pure: the front ends turn them into `--conf` arguments or into `sparkSubmitParameters`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from contracts.jobs import places, release

# The JVM moves rows; the work is in Python and native code. Without the optimizing compiler and the parallel collector
# it takes fewer cycles from the CNN: 1,000 photos from process start to commit in 26.7 s instead of 28.2 s.
QUICK_START = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
# A refit of many rows is mostly the JVM's work, and compiling it pays: 200,000 rows are read in 20.6 s instead of 26.3.
MANY_ROWS = "-XX:+UseSerialGC"
JVM: Mapping[str, str] = MappingProxyType(
    {"extract": QUICK_START, "refit": MANY_ROWS, "maintain": MANY_ROWS, "repair": MANY_ROWS}
)
"""The flags of each kind of job, here and on AWS: what is measured is what runs."""
JVM_OPTIONS = ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions")


@dataclass(frozen=True, slots=True)
class Catalog:
    """An Iceberg catalog. `kind` is "glue" (AWS and the local cloud) or "hadoop" (a folder; for tests of Spark alone).

    `endpoint` is the URL of a local cloud; None means AWS. Glue is in one Region, so it needs `region`.
    """

    warehouse: str
    kind: str = "glue"
    name: str = "fruits"
    endpoint: str | None = None
    region: str | None = None


def common(catalog: Catalog) -> dict[str, str]:
    """Settings that hold everywhere. Each comment is the reason. Raises ValueError for Glue without a Region."""
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        **_catalog(catalog),
        "spark.sql.session.timeZone": "UTC",
        # A worker that lives on keeps its engine; without this each task would build one.
        "spark.python.worker.reuse": "true",
        # Feature rows are 5 KB: 256 of them make 1.3 MB, and the default of 10,000 would make 51 MB a batch.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "256",
        # Keys of a batch travel as a local relation: 100,000 of them are about 25 MB, half of the default limit.
        "spark.sql.execution.arrow.localRelationThreshold": "256m",
        # The only shuffle of a run counts outcomes: a dozen rows. The default is 200 partitions.
        "spark.sql.shuffle.partitions": "4",
        # Plans here are a projection and a write: compiling whole stages takes longer than it saves.
        "spark.sql.codegen.wholeStage": "false",
        "spark.log.level": "WARN",
        "spark.task.maxFailures": "4",
        "spark.ui.showConsoleProgress": "false",
    }


def jvm(kind: str) -> dict[str, str]:
    """Return the JVM flags of a kind of job, for the driver and for executors."""
    return dict.fromkeys(JVM_OPTIONS, JVM[kind])


def local(
    catalog: Catalog, jars: Sequence[Path], scratch: Path, cores: int = 2, kind: str = "extract"
) -> dict[str, str]:
    """Settings for a laptop: one JVM, loopback only, no UI. `local[n,4]`: plain `local[n]` never retries a task."""
    classpath = ":".join(map(str, jars))
    return {
        **common(catalog),
        **jvm(kind),
        "spark.master": f"local[{cores},4]",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        # On the class path and not in spark.jars: those are copied at each start, 110 MB of them.
        "spark.driver.extraClassPath": classpath,
        "spark.sql.warehouse.dir": str(scratch / "spark-warehouse"),
        "spark.local.dir": str(scratch / "spark"),
        # Comes before the job's own flags, and leaves them as they are.
        "spark.driver.defaultJavaOptions": f"-Dderby.system.home={scratch / 'derby'}",
    }


def emr(catalog: Catalog, artifacts: str, code: str, size: Mapping[str, str], kind: str) -> dict[str, str]:
    """Settings for EMR Serverless. `artifacts`: the S3 URI of that bucket; `code`: a release's folder in it.

    `size`: cores and memory. The environment brings its own Python 3.11 for the driver and the executors: the release's
    own is 3.9.
    """
    python = "./environment/bin/python"
    return {
        **common(catalog),
        **jvm(kind),
        **size,
        "spark.submit.pyFiles": f"{artifacts}/{code}/{places.PACKED}",
        "spark.archives": f"{artifacts}/{places.ENVIRONMENT}#environment",
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": python,
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": python,
        "spark.executorEnv.PYSPARK_PYTHON": python,
        # Iceberg is on the image; packages by Maven coordinates would need the internet, which a run does not have.
        "spark.jars": release.IN_USE.image_iceberg_jar,
    }


def as_arguments(settings: Mapping[str, str]) -> list[str]:
    """Return `--conf name=value` pairs for spark-submit, in a fixed order."""
    return [part for name in sorted(settings) for part in ("--conf", f"{name}={settings[name]}")]


def _catalog(catalog: Catalog) -> dict[str, str]:
    prefix = f"spark.sql.catalog.{catalog.name}"
    settings = {
        prefix: "org.apache.iceberg.spark.SparkCatalog",
        f"{prefix}.type": catalog.kind,
        f"{prefix}.warehouse": catalog.warehouse,
        # A run reads the table as it is when it starts, never a remembered state of it.
        f"{prefix}.cache-enabled": "false",
    }
    if catalog.kind == "glue":
        if not catalog.region:
            raise ValueError("a Glue catalog is in a Region: say in which one")
        settings[f"{prefix}.io-impl"] = "org.apache.iceberg.aws.s3.S3FileIO"
        settings[f"{prefix}.client.region"] = catalog.region
    if catalog.endpoint:
        settings[f"{prefix}.s3.endpoint"] = catalog.endpoint
        settings[f"{prefix}.glue.endpoint"] = catalog.endpoint
        settings[f"{prefix}.s3.path-style-access"] = "true"
    return settings
