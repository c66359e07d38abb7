"""Measure the extract job beside its peers: `make bench-extract`. Leave the machine alone meanwhile.

Arms run one at a time, in rounds, so that those that are compared run next to each other. Results are written after
each run, and merged with those of the arms that are not measured again, so a part can be run by itself.
`--essential` takes the arms of the targets; `--count 48 --results DIR` tries all arms on few photos.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.extract import sitting
from benchmarks.extract.measure import PEERS_PYTHON
from benchmarks.extract.photo_sets import DATA, ROOT, SETS, make
from benchmarks.extract.suite import ARMS, ESSENTIAL, Block

HERE = Path(__file__).parent


def main() -> None:
    """Run the arms and write the results."""
    parser = argparse.ArgumentParser("benchmarks.extract", description=__doc__)
    parser.add_argument("--set", choices=list(SETS), help="only arms on these photos")
    parser.add_argument("--only", help="arms to run, comma-separated; empty: write the pages again")
    parser.add_argument("--rounds", type=int, help="how often; some arms run once (default: 5)")
    parser.add_argument("--essential", action="store_true", help="what the targets are about")
    parser.add_argument("--count", type=int, help="at most so many photos, for a try: give --results too")
    parser.add_argument("--results", type=Path, default=HERE, help="folder of results.json, RESULTS.md and plot.png")
    a = parser.parse_args()
    names = list(ARMS) if a.only is None else [name for name in a.only.split(",") if name]
    if unknown := set(names) - set(ARMS):
        parser.error(f"unknown arms {', '.join(sorted(unknown))}; there are {', '.join(ARMS)}")
    if a.count and a.results == HERE:
        parser.error("results of a try are no results: say with --results where they go")
    chosen = [name for name in names if a.set in (None, ARMS[name].set)]
    blocks = _chosen(ESSENTIAL, set(chosen), a.rounds) if a.essential else [Block(chosen, a.rounds or 5)]
    a.results.mkdir(parents=True, exist_ok=True)
    _prepare({name for block in blocks for name in block.arms})
    sys.exit(sitting.sit(blocks, a.count, a.results))


def _chosen(blocks: Sequence[Block], names: set[str], rounds: int | None) -> list[Block]:
    return [
        replace(block, arms=[name for name in block.arms if name in names], rounds=rounds or block.rounds)
        for block in blocks
    ]


def _prepare(names: set[str]) -> None:
    """Install the peers, make photos, and export what artifacts are missing: int8 calibrated on the real photos."""
    if any(ARMS[name].module.startswith("peers.") for name in names):
        environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(PEERS_PYTHON.parents[1])}
        uv = os.environ.get("UV", "uv")  # `uv run` says where it is: it need not be on PATH
        subprocess.run([uv, "sync", "--locked", "--project", str(HERE / "peers")], env=environment, check=True)
    for photo_set in sorted({ARMS[name].set for name in names}):
        make(photo_set)
    for artifact in sorted({ARMS[name].artifact for name in names}):
        if not (ROOT / "build" / "artifacts" / artifact / "card.json").exists():
            backbone, size, precision = artifact.rsplit("-", 2)
            line = [sys.executable, "-m", "infra.cli.main", "backbone", "export", "--backbone", backbone]
            line += ["--input-size", size, "--precision", precision, "--calibration", str(DATA)]
            subprocess.run(line, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
