"""How many tasks a run is cut into before its executors are there: by the setting, or else for two, whatever comes."""

import os
import subprocess
import sys

from infra.local.java import java_home
from tests.release import RELEASE

EARLY = """
import sys
from pyspark import SparkConf, SparkContext
# An executor of more cores than a worker has: none ever registers, as none has yet when a run begins on a cluster.
settings = {"spark.executor.cores": "3", "spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1"}
for more in ({}, {"spark.default.parallelism": "4"}):
    conf = SparkConf(loadDefaults=False).setMaster("local-cluster[2,2,1024]").setAppName("early")
    context = SparkContext(conf=conf.setAll([*settings.items(), *more.items()]))
    print("early", context.defaultParallelism)
    context.stop()
"""


def test_the_setting_says_how_many_slots_a_run_has_and_without_it_an_early_reading_says_two() -> None:
    environment = {**os.environ, "JAVA_HOME": str(java_home(release=RELEASE)), "SPARK_LOCAL_IP": "127.0.0.1"}
    environment.pop("SPARK_HOME", None)

    done = subprocess.run([sys.executable, "-c", EARLY], env=environment, capture_output=True, text=True, check=True)

    assert [line for line in done.stdout.splitlines() if line.startswith("early")] == ["early 2", "early 4"]
