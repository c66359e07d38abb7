"""Measure the extract job beside its peers: `make bench-extract`, about an hour on 2 cores.

Arms run one at a time, in rounds, so that those that are compared run next to each other. Each run is kept in
`build/bench-extract/runs.jsonl`; results are folded from all of them, so a part can be measured again. Leave the
machine alone meanwhile.
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.extract import plot, report
from benchmarks.extract.suite import ARMS, BUILD, PEERS_PYTHON, ROOT, measure

HERE = Path(__file__).parent
PHOTOS = ROOT.parent / "shared" / "data" / "fruits360"


def main() -> None:
    """Run the arms and write the results."""
    parser = argparse.ArgumentParser("benchmarks.extract", description=__doc__)
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder of photos, one sub-folder a label")
    parser.add_argument("--only", default=",".join(ARMS), help="arms to run, comma-separated; empty: report only")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the slowest arms run once (default: 3)")
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs")
    a = parser.parse_args()
    names = [name for name in a.only.split(",") if name]
    if unknown := set(names) - set(ARMS):
        parser.error(f"unknown arms {', '.join(sorted(unknown))}; there are {', '.join(ARMS)}")
    if not a.photos.is_dir():
        parser.error(f"{a.photos} is not a folder: pass --photos")
    runs = BUILD / "runs.jsonl"
    BUILD.mkdir(parents=True, exist_ok=True)
    if a.fresh:
        runs.unlink(missing_ok=True)
    _prepare(names, a.photos)
    _run(names, a.rounds, a.photos, runs)
    found = report.results([json.loads(line) for line in runs.read_text().splitlines()], datetime.now(UTC).date())
    (HERE / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (HERE / "RESULTS.md").write_text(report.markdown(found))
    plot.draw(found, HERE / "plot.png")
    Console().print(f"Written {HERE / 'RESULTS.md'}")


def _run(names: list[str], rounds: int, photos: Path, runs: Path) -> None:
    console = Console(stderr=True)
    for number in range(rounds):
        for name in names:
            if number and ARMS[name].once:
                continue
            with console.status(f"Round {number + 1} of {rounds}: {name}"):
                run = measure(name, photos)
            speed = run["images"] / (run["warm"] or [run["cold"]])[-1]
            console.print(f"{name:20} {speed:7.1f} images/s  {run['peak_mb']:5} MB")
            with runs.open("a") as log:
                log.write(json.dumps(run) + "\n")


def _prepare(names: list[str], photos: Path) -> None:
    """Install the peers, and export what artifacts are missing: int8 calibrated on the photos' sibling folders too."""
    if any(ARMS[name].module.startswith("peers.") for name in names) and not PEERS_PYTHON.exists():
        environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(PEERS_PYTHON.parents[1])}
        uv = os.environ.get("UV", "uv")  # `uv run` says where it is: it need not be on PATH
        subprocess.run([uv, "sync", "--locked", "--project", str(HERE / "peers")], env=environment, check=True)
    for artifact in sorted({ARMS[name].artifact for name in names}):
        if not (ROOT / "build" / "artifacts" / artifact / "card.json").exists():
            backbone, size, precision = artifact.rsplit("-", 2)
            line = [sys.executable, "-m", "infra.cli.main", "backbone", "export", "--backbone", backbone]
            line += ["--input-size", size, "--precision", precision, "--calibration", str(photos.parent)]
            subprocess.run(line, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
