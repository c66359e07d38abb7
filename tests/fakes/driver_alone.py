"""A spark-submit that starts no JVM: it runs a job's entry point as the driver's Python would be run, and nothing else.

    spark-submit [--conf name=value]... entry-point [ARGUMENT]...

It shows in a second what a job finds on a worker: its Python, its packages, its environment.
"""

import os
import sys


def main(words: list[str]) -> None:
    properties: dict[str, str] = {}
    while words and words[0] == "--conf":
        name, _, value = words[1].partition("=")
        properties[name] = value
        words = words[2:]
    python = os.environ["PYSPARK_DRIVER_PYTHON"]
    packed = properties.get("spark.submit.pyFiles", "").replace(",", os.pathsep)
    os.execve(python, [python, *words], {**os.environ, "PYTHONPATH": packed})  # noqa: S606 - a job is ours


if __name__ == "__main__":
    main(sys.argv[1:])
