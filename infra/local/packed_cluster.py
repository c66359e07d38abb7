"""spark-submit on two executors that are processes of their own, from a packed environment and a bare shell."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from contracts.errors import GiveUp
from contracts.jobs import places
from contracts.jobs.emr_release import Release
from contracts.jobs.spark_settings import Catalog, as_arguments, common, jvm
from infra.emr import package
from infra.emr.environment.check.checking import unpack
from infra.local.emr_serverless.machine.spark_home import link_spark
from infra.local.jars import iceberg_jars
from infra.local.java import java_home


@dataclass(frozen=True)
class PackedCluster:
    """A folder in which jobs run as on EMR Serverless: the archive is unpacked beside the driver too.

    Without an archive, the Python that runs this runs driver and executors, too.
    """

    folder: Path
    release: Release
    archive: Path | None

    @classmethod
    def prepare(cls, folder: Path, release: Release, archive: Path | None) -> "PackedCluster":
        """Unpack the archive for drivers, put the packed code beside it, and make a home for Spark's own work."""
        if archive is not None:
            unpack(archive, folder / "environment")
        for name, content in package.objects():
            (folder / name).write_bytes(content)
        spark = find_spec("pyspark")
        if spark is None or spark.origin is None:
            raise GiveUp("pyspark is not installed: run `make setup`")
        link_spark([str(Path(spark.origin).parent / "bin" / "spark-submit")], folder / "spark")
        return cls(folder, release, archive)

    @property
    def errors(self) -> Path:
        """The file in which the JVM of the latest entry point says what went wrong."""
        return self.folder / "errors.log"

    @property
    def python(self) -> str:
        """What runs driver and executors."""
        return sys.executable if self.archive is None else "./environment/bin/python"

    def submit(self, entry_point: str, *arguments: str, kind: str = "extract") -> dict[str, Any]:
        """Run an entry point of the folder to its end; return its last line of output, a JSON object.

        Raises:
            GiveUp: it failed; the message has the end of what it wrote.
        """
        ended = self.start(entry_point, *arguments, kind=kind)
        out, _ = ended.communicate()
        if ended.returncode:
            raise GiveUp(f"{entry_point} left with {ended.returncode}:\n{self.errors.read_text()[-4000:]}")
        told: dict[str, Any] = json.loads(out.splitlines()[-1])
        return told

    def start(self, entry_point: str, *arguments: str, kind: str = "extract") -> "subprocess.Popen[str]":
        """Start an entry point of the folder. Its output is a pipe of text: Spark puts there all that Python writes.

        What the JVM says of errors goes into `errors`.
        """
        command = [str(self.folder / "spark/bin/spark-submit"), *self._settings(kind), entry_point, *arguments]
        place, bare = self.folder, self._bare()
        with self.errors.open("w") as errors:
            return subprocess.Popen(command, cwd=place, env=bare, stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603

    def _bare(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "JAVA_HOME": str(java_home(release=self.release)),
            "SPARK_HOME": str(self.folder / "spark"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_DRIVER_PYTHON": self.python,
            "PYSPARK_PYTHON": self.python,
        }

    def _settings(self, kind: str) -> Sequence[str]:
        jars = ":".join(map(str, iceberg_jars(release=self.release)))
        settings = {
            **common(Catalog(f"file://{self.folder}/warehouse", kind="hadoop")),
            **jvm(kind),
            "spark.master": "local-cluster[2,2,1024]",
            "spark.submit.pyFiles": str(self.folder / places.PACKED),
            "spark.executorEnv.PYSPARK_PYTHON": self.python,
            "spark.executor.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.driver.extraClassPath": jars,
            "spark.executor.extraClassPath": jars,
            "spark.local.dir": str(self.folder / "scratch"),
            "spark.sql.warehouse.dir": str(self.folder / "spark-warehouse"),
        }
        if self.archive is not None:
            settings["spark.archives"] = f"{self.archive}#environment"
        return as_arguments(settings)
