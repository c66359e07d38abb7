"""Entry point of a test: each worker says where its Python is from, and which modules it finds. Needs only PySpark."""

import importlib.util
import json
import sys

from pyspark.sql import SparkSession


def told(_: object = None) -> dict[str, object]:
    """Say it of this process; the names to look for are the arguments."""
    return {
        "prefix": sys.prefix,
        "executable": sys.executable,
        "path": sys.path,
        "found": [name for name in NAMES if importlib.util.find_spec(name)],
    }


NAMES = tuple(sys.argv[1:])

if __name__ == "__main__":
    context = SparkSession.builder.getOrCreate().sparkContext
    workers = context.parallelize(range(16), 16).map(told).collect()
    sys.stdout.write(json.dumps({"driver": told(), "workers": workers}) + "\n")
