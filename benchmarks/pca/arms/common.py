"""What the arms share: their command line, a session, what is measured in it, and how they say it."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import SparkSession
from threadpoolctl import threadpool_info

from benchmarks.pca.table import Written
from contracts.jobs.spark_settings import Catalog, local
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from spark_app.memory import peak_mb

ROOT = Path(__file__).resolve().parents[3]
COMPONENTS = 256
"""All arms fit as many: near what 95 % of the variance of the real features take."""


@dataclass
class Arm:
    """An arm's work and its figures."""

    folder: Path
    rows: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def table(self) -> Written:
        """The table to read."""
        return Written(**json.loads((self.folder / f"photos_{self.rows}.json").read_text()))

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the block's wall time to a stage."""
        started = perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started

    def keep(self, name: str, variances: npt.NDArray[np.float64]) -> None:
        """Keep a fit's variances (k,) for the comparison with the reference's."""
        np.save(self.folder / f"variances-{name}-{self.rows}.npy", variances)

    def say(self, **more: Any) -> None:
        """Print the result."""
        line = {"rows": self.rows, "seconds": self.seconds, "driver_mb": peak_mb(), "blas": blas_kernel(), **more}
        sys.stdout.write("\n" + json.dumps(line) + "\n")


def parse_arm() -> Arm:
    """Parse an arm's command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=0)
    a = parser.parse_args()
    return Arm(a.folder, a.rows)


def blas_kernel() -> str:
    """Return the kernel that NumPy's BLAS runs with, and its threads."""
    np.ones((2, 2)) @ np.ones((2, 2))
    found = [each for each in threadpool_info() if each["user_api"] == "blas"]
    return ", ".join(
        f"{each['internal_api']} {each.get('architecture', '?')} x {each['num_threads']}" for each in found
    )


def open_session(folder: Path, settings: Mapping[str, str] | None = None) -> SparkSession:
    """Open Spark on the benchmark's catalog: with the project's settings of a laptop, or with `settings` of a peer.

    Its JVM compiles as it does on AWS; the laptop's quick start would cost a large refit a fifth.
    """
    os.environ.update({"JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)})
    catalog = Catalog(f"file://{folder}/warehouse", kind="hadoop")
    ours = local(catalog, iceberg_jars(), folder / "scratch", kind="refit")
    builder = SparkSession.builder.appName("bench-pca")
    for key, value in (ours if settings is None else {**_catalog(ours), **settings}).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _catalog(ours: Mapping[str, str]) -> dict[str, str]:
    """Return of our settings what any Spark needs to find the table, and nothing that tunes it."""
    driver = ("extraClassPath", "host", "bindAddress")
    names = ["spark.sql.catalog", "spark.sql.extensions", "spark.local.dir", "spark.ui"]
    names += [f"spark.driver.{name}" for name in driver]
    return {key: value for key, value in ours.items() if key.startswith(tuple(names))}
