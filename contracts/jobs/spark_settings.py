"""The Spark settings of a laptop and of AWS, from one source: what is tested here is what runs there. Pure.

Callers turn them into `--conf` arguments or into `sparkSubmitParameters`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from contracts.jobs import places
from contracts.jobs.emr_release import Release
from contracts.jobs.places import Versions

# Out of memory, a JVM ends. Else a run may hang until its time-out: the thread that hands rows to Python dies, and
# nobody is told (Spark 3.5.8).
_NO_HANG = "-XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError"
# The JVM only moves rows; the CNN does the work. Without the optimizing compiler and the parallel collector, the JVM
# leaves more of the CPU to the CNN: 1,000 photos take 26.7 s from process start to commit instead of 28.2 s.
QUICK_START = f"{_NO_HANG} -XX:TieredStopAtLevel=1"
# Where the JVM itself reads and writes many rows, the optimizing compiler pays: 200,000 rows of features take it 20.6 s
# and not 26.3 s. A refit's rows do not pass through it.
MANY_ROWS = _NO_HANG
JVM: Mapping[str, str] = MappingProxyType(
    {"extract": QUICK_START, "refit": QUICK_START, "maintain": MANY_ROWS, "repair": MANY_ROWS, "doctor": QUICK_START}
)
"""The JVM flags of each kind of job, the same here and on AWS: what is measured here is what runs there."""
JVM_OPTIONS = ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions")


@dataclass(frozen=True, slots=True)
class Catalog:
    """An Iceberg catalog. `kind` is "glue" (AWS and the local cloud) or "hadoop" (a folder, for tests without a cloud).

    `endpoint` is the URL of a local cloud; None means AWS. Glue needs `region`.
    """

    warehouse: str
    kind: str = "glue"
    name: str = "fruits"
    endpoint: str | None = None
    region: str | None = None


def common(catalog: Catalog) -> dict[str, str]:
    """Return the settings that hold everywhere. Raises ValueError for Glue without a Region."""
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        **_catalog(catalog),
        "spark.sql.session.timeZone": "UTC",
        # A worker that is reused keeps its CNN engine; otherwise each task would build one.
        "spark.python.worker.reuse": "true",
        # A feature row has 5 KB: 256 rows are 1.3 MB, and the default of 10,000 rows would be 51 MB per batch.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "256",
        # The keys of a batch are a local relation: 100,000 keys are about 25 MB, half of the default limit.
        "spark.sql.execution.arrow.localRelationThreshold": "256m",
        # The only shuffle of a run counts outcomes, a dozen rows. The default is 200 partitions.
        "spark.sql.shuffle.partitions": "4",
        # Our plans are a projection and a write: compiling whole stages takes longer than it saves.
        "spark.sql.codegen.wholeStage": "false",
        # Spark 4.1 would lay partitions of a union's parts together: the repair writes each batch in a task of its own.
        "spark.sql.unionOutputPartitioning": "false",
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
    """Return the settings for a laptop: one JVM, loopback only, no UI. Plain `local[n]` would never retry a task."""
    classpath = ":".join(map(str, jars))
    return {
        **common(catalog),
        **jvm(kind),
        "spark.master": f"local[{cores},4]",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        # The class path and not spark.jars: Spark would copy 110 MB of jars at each start.
        "spark.driver.extraClassPath": classpath,
        "spark.sql.warehouse.dir": str(scratch / "spark-warehouse"),
        "spark.local.dir": str(scratch / "spark"),
        # Default options are added before the job's own JVM flags, and do not replace them.
        "spark.driver.defaultJavaOptions": f"-Dderby.system.home={scratch / 'derby'}",
    }


def emr(
    catalog: Catalog, artifacts: str, versions: Versions, release: Release, size: Mapping[str, str], kind: str
) -> dict[str, str]:
    """Return the settings for EMR Serverless.

    `artifacts` is the S3 URI of that bucket, `versions` what the run takes of it; `size` has cores and memory. Our
    packed environment brings Python 3.11 for driver and executors: the image of `emr-7.14.0` has 3.9.
    """
    python = "./environment/bin/python"
    return {
        **common(catalog),
        **jvm(kind),
        **size,
        "spark.submit.pyFiles": f"{artifacts}/{versions.code_folder}/{places.PACKED}",
        "spark.archives": f"{artifacts}/{versions.environment_file}#environment",
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": python,
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": python,
        "spark.executorEnv.PYSPARK_PYTHON": python,
        # Iceberg is on the image. Maven coordinates would need the internet, and a run has none.
        **({"spark.jars": release.image_iceberg_jar} if release.image_iceberg_jar else {}),
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
        # A run reads the table as it is when the run starts, never a cached state.
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
