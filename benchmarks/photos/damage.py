"""What 2,500 damaged photos do to a worker: how they end, the slowest, and the peak memory.

Run as `python -m benchmarks.photos.damage`: prints one line. The mutants are those of `tests/images`, 500 of each
format, decoded one after the other in one child process. `--seed` makes others.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from infra.samples.child import in_child
from infra.samples.files.hostile import good_files
from infra.samples.files.mutants import SEED, mutants


def main(seed: Annotated[int, typer.Option(help="another seed, other mutants")] = SEED) -> None:
    """Decode all mutants and say what they cost."""
    with tempfile.TemporaryDirectory() as folder:
        report = in_child([file.data for file in good_files()], mutants(seed), Path(folder))
    ends = ", ".join(f"{count:,} {end}" for end, count in sorted(report.outcomes.items()))
    cost = f"slowest {1000 * report.worst_cpu_seconds:.0f} ms (number {report.worst})"
    crashes = f"crashed: {report.crashed}" if report.crashed else "no crash"
    typer.echo(
        f"{report.inputs:,} mutants, {crashes}; {cost}, peak "
        f"of the process {report.peak_mb} MB, {report.growth_mb} MB of it by the mutants; {ends}"
    )


if __name__ == "__main__":
    typer.run(main)
