"""Measure an export of many rows: `python -m benchmarks.export --rows 1000000`. Seconds, bytes, peak memory.

The parts are random rows in a temporary folder, laid out as the refit lays them out; each format is written by a
process of its own, whose own peak is taken. No object store takes part: its speed is the network's.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from infra.ops.exports import writing
from infra.ops.exports.export import GROUP
from infra.ops.exports.formats import Format
from infra.ops.exports.parts import columns
from spark_app.memory import peak_mb


def main() -> None:
    """Make the parts, and write them in each format."""
    parser = argparse.ArgumentParser("benchmarks.export", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--components", type=int, default=128)
    parser.add_argument("--child", nargs=3, metavar=("FORMAT", "PART", "TARGET"), help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.child:
        _child(Format(a.child[0]), Path(a.child[1]), Path(a.child[2]), a.components)
        return
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.parquet"
        _make(part, a.rows, a.components)
        for form in Format:
            asked = ["--components", str(a.components), "--child", form.value, str(part), f"{folder}/{form.file}"]
            command = [sys.executable, "-m", "benchmarks.export", *asked]
            said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            size = (Path(folder) / form.file).stat().st_size / 1e6
            rows = f"{form.value:8} {a.rows:,} rows of {a.components}: {said['seconds']:.1f} s"
            console.print(f"{rows} ({said['cpu']:.1f} s of CPU), {size:,.0f} MB, peak {said['peak_mb']:,.0f} MB")


def _make(part: Path, rows: int, k: int) -> None:
    random = np.random.default_rng(0)
    with pq.ParquetWriter(part, columns(k), compression="zstd", use_dictionary=["label"]) as writer:
        for first in range(0, rows, GROUP):
            count = min(GROUP, rows - first)
            ids = pa.array([f"{number:032x}" for number in range(first, first + count)])
            labels = pa.array([f"Apple {number % 131}" for number in range(count)])
            values = random.normal(size=(k, count)).astype(np.float32)
            writer.write_table(pa.Table.from_arrays([ids, labels, *map(pa.array, values)], schema=columns(k)))


def _child(form: Format, part: Path, target: Path, k: int) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    with pq.ParquetFile(part) as file:
        groups = (file.read_row_group(number) for number in range(file.num_row_groups))
        writing.write(groups, columns(k), form, target)
    said = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "peak_mb": peak_mb()}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
