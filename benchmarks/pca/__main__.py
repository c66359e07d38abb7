"""Measure the PCA refit beside its peers: `make bench-pca`. Leave the machine alone meanwhile.

Each arm runs in a process of its own, one at a time, and all arms take turns for some rounds. Every run is kept in
`build/bench-pca/runs.jsonl`, and results are folded from all of them, so a part can be measured again. `--before` names
a checkout of an earlier build, which then takes part (`git worktree add DIR COMMIT`).
"""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.extract import meter
from benchmarks.pca import page, plot, report
from infra.samples import features
from spark_app.network.backbones import artifact_name

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "bench-pca"
ARTIFACT = ROOT / "build" / "artifacts" / artifact_name()
MODULES = {
    "peak": ["peak"],
    "read": ["read"],
    "before_full": ["ours", "--refit", "full"],
    "ours_full": ["ours", "--refit", "full"],
    "ours_few": ["ours", "--refit", "few"],
    "ours_percent": ["ours", "--refit", "percent"],
    "before_published": ["published"],
    "ours_published": ["published"],
    "spark_ml": ["spark_ml"],
    "sklearn_full": ["sklearn_pca", "--solver", "full"],
    "sklearn_covariance_eigh": ["sklearn_pca", "--solver", "covariance_eigh"],
    "sklearn_incremental": ["sklearn_pca", "--solver", "incremental"],
}
BEFORE = ("before_full", "before_published")
"""The arms of an earlier build."""
LARGE = ("ours_full",)
"""The arm that shows growth, measured at `LARGEST` too: there the peers take an hour, or the machine's memory."""
SIZES, LARGEST = (40_000, 200_000), 1_000_000


def main() -> None:
    """Run the arms and write the results."""
    parser = argparse.ArgumentParser("benchmarks.pca", description=__doc__)
    parser.add_argument("--photos", type=Path, default=ROOT.parent / "shared" / "data", help="folders SET/LABEL/*.jpg")
    parser.add_argument(
        "--rows", default=",".join(map(str, (*SIZES, LARGEST))), help="sizes, comma-separated (default: %(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns that each arm gets (default: %(default)s)")
    parser.add_argument("--before", type=Path, help="checkout of an earlier build, measured beside this one")
    parser.add_argument("--only", default=",".join(MODULES), help="arms to run, comma-separated; empty: report only")
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the results (default: beside this file)")
    a = parser.parse_args()
    only = [name for name in a.only.split(",") if name]
    if unknown := set(only) - set(MODULES):
        parser.error(f"unknown arms {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    if not a.photos.is_dir():
        parser.error(f"{a.photos} is not a folder: pass --photos")
    runs = BUILD / "runs.jsonl"
    if a.fresh:
        runs.unlink(missing_ok=True)
    work = [(name, int(rows)) for rows in a.rows.split(",") for name in MODULES if name in only and name != "peak"]
    work = [(name, rows) for name, rows in work if rows < LARGEST or name in LARGE]
    work = [(name, rows) for name, rows in work if a.before or name not in BEFORE]
    _measure((["peak"] if "peak" in only else []), work, a, runs)
    found = report.results(
        [json.loads(line) for line in runs.read_text().splitlines()], BUILD, datetime.now(UTC).date()
    )
    (a.out / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (a.out / "RESULTS.md").write_text(page.markdown(found))
    plot.draw(found, a.out / "plot.png")
    Console().print(f"Written {a.out / 'RESULTS.md'}")


def _measure(once: list[str], work: list[tuple[str, int]], given: argparse.Namespace, runs: Path) -> None:
    features.load_or_extract(BUILD / "features.npz", given.photos, features.load_or_export(ARTIFACT))
    for rows in sorted({rows for _, rows in work}):
        if not (BUILD / f"photos_{rows}.json").exists():
            _run("write", ["write"], rows, ROOT)
    console = Console(stderr=True)
    for name, rows in [(name, 0) for name in once] + work * given.rounds:
        with console.status(f"{name}, {rows:,} rows"):
            line = _run(name, MODULES[name], rows, given.before.resolve() if name in BEFORE else ROOT)
        console.print(f"{name:24} {rows:9,} {line['seconds'] or line['gflops']}")
        with runs.open("a") as log:
            log.write(json.dumps(line) + "\n")


def _run(name: str, module: list[str], rows: int, build: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", f"benchmarks.pca.arms.{module[0]}", *module[1:]]
    command += ["--folder", str(BUILD), "--rows", str(rows)]
    # BLAS chooses its kernel itself, and the results name it.
    plain = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    # The path and not the folder that it is started in says which build's modules are imported.
    there = {**plain, "PYTHONPATH": str(build), "PYTHONSAFEPATH": "1"}
    metered = meter.run(command, there, BUILD / f"{name}-{rows}.log")
    cpu = metered.cpu_seconds(metered.started, metered.said_at)
    return {"arm": name, **metered.said, "cpu_seconds": round(cpu, 1), "worker_mb": max(metered.peak_mb.values())}


if __name__ == "__main__":
    main()
