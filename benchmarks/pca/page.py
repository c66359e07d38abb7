"""Write `RESULTS.md` (pure)."""

from collections.abc import Mapping
from typing import Any

from benchmarks.pca.report import NAMES


def markdown(found: Mapping[str, Any]) -> str:
    """Write `RESULTS.md`."""
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    peak = ", ".join(f"{name} {value:g}" for name, value in found["gflops"].items())
    lines = [
        "# The PCA refit beside its peers",
        "",
        f"Written by `make bench-pca` on {found['date']}: {found['machine']}; {versions}; BLAS: {found['blas']}.",
        "Rows of 1280 float32 in an Iceberg table: real features, repeated with seeded noise. Every run is a process",
        "of its own with a fresh session, as a job is, its JVM compiling as it does on AWS; 256 components, float64.",
        "Arms take turns; *runs* has how often. The build before (efb6b9a) has a JVM of 3 GB, ours of 1 GB: with 1 GB",
        "that one ran out of memory when it projected 200,000 rows.",
        "*Table to model*: what a job waits.",
        "*Reading*: of ours, finding, reading and adding up rows; of a peer, the table into its own form (vectors",
        "cached in the JVM, or one float64 matrix). *Difference*: the largest of any variance to that of",
        "scikit-learn's full solver.",
        "*Driver*: the highest resident memory of its Python process; scikit-learn has no other. Medians of the runs.",
        "",
        f"Peak of matrix products here, GFLOP/s by threads: {peak}.",
        "",
        "![seconds from the table to the model](plot.png)",
    ]
    for size, arms in found["arms"].items():
        lines += _section(size, arms, found["read_seconds"][size], found["ranges"][size])
    lines += ["", "| target | limit | measured | |", "| --- | --- | --- | --- |"]
    for target in found["targets"]:
        met = "met" if target["met"] else "**missed**"
        lines.append(f"| {target['what']} | {target['limit']} | {target['measured']:g} | {met} |")
    return "\n".join([*lines, ""])


def _section(size: str, arms: Mapping[str, Any], read: float | None, ranges: Mapping[str, list[float]]) -> list[str]:
    rows = int(size)
    lines = ["", f"## {rows:,} rows", ""]
    if read is not None:
        lines += [
            f"Merely to hand the column to Python through the JVM takes {read} s (`mapInArrow`, nothing looked at).",
            "",
        ]
    if "sklearn_full" in arms:
        lines += [
            f"As one float64 matrix the rows are {rows * 1280 * 8 / 1e9:.1f} GB, before anything is computed.",
            "",
        ]
    lines += [
        "| arm | table to model, s | least, most | reading, s | CPU, s | driver, MB | worker, MB | difference | runs |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, arm in arms.items():
        least, most = ranges[name]
        difference = "" if not arm["difference"] else f"{arm['difference']:.0e}"
        lines.append(
            f"| {NAMES[name]} | {arm['fit_seconds']} | {least}, {most} | {arm['reading_seconds']} | "
            f"{arm['cpu_seconds']} | {arm['driver_mb']:,} | {arm['worker_mb']:,} | {difference} | {arm['runs']} |"
        )
    return lines
