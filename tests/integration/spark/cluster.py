"""spark-submit on two executors that are processes of their own, from a packed environment and a bare shell."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from contracts.jobs import places
from contracts.jobs.spark_settings import Catalog, as_arguments, common, jvm
from infra.emr import package
from infra.emr.environment.check.checking import unpack
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from tests.release import RELEASE

PYTHON = "./environment/bin/python"


@dataclass(frozen=True)
class Cluster:
    """A folder in which jobs run as on EMR Serverless: the archive is unpacked beside the driver too."""

    folder: Path
    archive: Path

    @classmethod
    def prepare(cls, folder: Path, archive: Path) -> "Cluster":
        """Unpack the archive for drivers, put the packed code beside it, and make a home for Spark's own work."""
        unpack(archive, folder / "environment")
        for name, content in package.objects():
            (folder / name).write_bytes(content)
        spark = find_spec("pyspark")
        assert spark is not None
        assert spark.origin is not None
        (folder / "spark" / "work").mkdir(parents=True)  # where executors work: not in the installed package
        for part in Path(spark.origin).parent.iterdir():
            if part.name != "work":
                (folder / "spark" / part.name).symlink_to(part)
        return cls(folder, archive)

    def submit(self, entry_point: str, *arguments: str, kind: str = "extract") -> dict[str, Any]:
        """Run an entry point of the folder to its end; return its last line of output, a JSON object."""
        command = [str(self.folder / "spark/bin/spark-submit"), *self._settings(kind), entry_point, *arguments]
        ended = subprocess.run(command, cwd=self.folder, env=self._bare(), capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr[-4000:]
        told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
        return told

    def _bare(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "JAVA_HOME": str(java_home(release=RELEASE)),
            "SPARK_HOME": str(self.folder / "spark"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_DRIVER_PYTHON": PYTHON,
            "PYSPARK_PYTHON": PYTHON,
        }

    def _settings(self, kind: str) -> Sequence[str]:
        jars = ":".join(map(str, iceberg_jars(release=RELEASE)))
        settings = {
            **common(Catalog(f"file://{self.folder}/warehouse", kind="hadoop")),
            **jvm(kind),
            "spark.master": "local-cluster[2,2,1024]",
            "spark.archives": f"{self.archive}#environment",
            "spark.submit.pyFiles": str(self.folder / places.PACKED),
            "spark.executorEnv.PYSPARK_PYTHON": PYTHON,
            "spark.executor.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.driver.extraClassPath": jars,
            "spark.executor.extraClassPath": jars,
            "spark.local.dir": str(self.folder / "scratch"),
            "spark.sql.warehouse.dir": str(self.folder / "spark-warehouse"),
        }
        return as_arguments(settings)
