"""Where a start's CPU goes: programs under spark-submit, each of which does a step more than the one before.

Run as `python -m benchmarks.first_row.stages`: prints a Markdown table, the median of CPU seconds of the whole process
tree, and the least. The catalog is a folder, so what Glue's and S3's clients take is not in it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import pyspark
import typer
from rich.progress import track

from contracts.jobs.emr_release import IN_USE
from contracts.jobs.spark_settings import Catalog, as_arguments, local
from infra.local.jars import iceberg_jars
from infra.local.java import java_home

METER = Path(__file__).with_name("tree_meter.py")
CONTEXT = "from pyspark import SparkContext\ncontext = SparkContext.getOrCreate()\n"
LOAD = "from spark_app.lake.catalog import find_table\nfind_table(context, 'fruits.lake.photos')\n"
TASK = "context.parallelize([0], 1).map(lambda number: number).collect()\n"
SESSION = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"
MAKE = SESSION + "from spark_app.lake import tables\ntables.ensure_photos(spark, 'fruits.lake.photos')\n"
QUERY = "spark.table('fruits.lake.photos').where(\"batch_id = 'b'\").select('photo_id').collect()\n"
PROGRAMS = {
    "Python under spark-submit": "pass\n",
    "… and PySpark imported": "import pyspark\n",
    "… and a context": CONTEXT,
    "… and a task in a Python worker": CONTEXT + TASK,
    "a context, and the table by Iceberg's catalog": CONTEXT + LOAD,
    "a context, and a session of Spark SQL": CONTEXT + SESSION,
    "… and the table by Spark SQL": CONTEXT + MAKE,
    "… and a query of an empty table": CONTEXT + MAKE + QUERY,
    "the imports of the extract job": "import spark_app.extract_job\n",
    "… and pandas": "import spark_app.extract_job, pandas\n",
}


def main(rounds: Annotated[int, typer.Option(help="runs of each")] = 5) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        cpu(CONTEXT + MAKE, folder)  # the table is there from now on
        spent = {name: [0.0] * rounds for name in PROGRAMS}
        for turn in track(range(rounds), "rounds"):
            for name, program in PROGRAMS.items():
                spent[name][turn] = cpu(program, folder)
    typer.echo("| program | CPU, median | least |\n| --- | --- | --- |")
    for name, found in spent.items():
        typer.echo(f"| {name} | {statistics.median(found):.2f} s | {min(found):.2f} s |")


def cpu(program: str, folder: Path) -> float:
    """Run a program under spark-submit; return the CPU seconds of all its processes."""
    script, work = folder / "program.py", folder / "run" / "1" / "work"
    script.write_text(program)
    work.mkdir(parents=True, exist_ok=True)
    settings = local(Catalog(f"file://{folder}/warehouse", kind="hadoop"), iceberg_jars(), folder)
    submit = Path(str(pyspark.__file__)).parent / "bin" / "spark-submit"
    command = [sys.executable, "-I", "-S", str(METER), str(folder), str(submit), *as_arguments(settings), str(script)]
    here = {"PYTHONPATH": str(Path.cwd()), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    environment = {**os.environ, **here, "JAVA_HOME": str(java_home(release=IN_USE))}
    subprocess.run(command, env=environment, cwd=work, check=True, capture_output=True)
    found = json.loads((folder / "run.json").read_text())
    return float(found["user"] + found["system"])


if __name__ == "__main__":
    typer.run(main)
