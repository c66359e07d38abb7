"""From StartJobRun to the first committed row of ten photos, in the local cloud: `make bench-first-row`.

Each build is deployed to a local cloud of its own, where `submit` starts its runs. Builds take turns, after one run of
each that is not counted: it makes the table and unpacks the environment. `--before` names a checkout of an earlier
build (`git worktree add DIR COMMIT`). Every run is kept in `build/bench-first-row/runs.jsonl`. Leave the machine alone
meanwhile.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.extract.report import machine
from benchmarks.first_row import report
from infra.samples.carried import carried
from spark_app.network.backbones import artifact_name

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "bench-first-row"
ARTIFACT = ROOT / "build" / "artifacts" / artifact_name()
PHOTOS = 10
BORROWED = (".tools", "build/local/ministack-venv", "build/local/sam-venv")
"""What `make setup` installs beside a checkout, and an earlier build may use of this one."""


class Arm:
    """A build at work in a process of its own."""

    def __init__(self, name: str, build: Path, photos: Path) -> None:
        self.name = name
        script, folder = str(HERE / "arm.py"), BUILD / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        words = [sys.executable, script, *map(str, (folder, HERE / "tree_meter.py", photos, ARTIFACT))]
        # The path and not the folder that it is started in says which build's modules are imported.
        there = {**os.environ, "PYTHONPATH": f"{build}:{build / 'functions'}", "PYTHONSAFEPATH": "1"}
        with (folder / "arm.log").open("w") as log:
            self._process = subprocess.Popen(
                words, env=there, cwd=build, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def answer(self, ask: bool = True) -> dict[str, Any]:
        """Return the next line that the arm says; `ask` for a run first. Raises RuntimeError where it has ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ValueError("the arm was started without pipes")
        if ask:
            stdin.write("run\n")
            stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended: see {BUILD / self.name / 'arm.log'}")
        return dict(json.loads(line))

    def end(self) -> None:
        """Let the arm end, with its cloud."""
        self._process.communicate()


def main() -> None:
    """Run the arms in turns, and write the results."""
    parser = argparse.ArgumentParser("benchmarks.first_row", description=__doc__)
    parser.add_argument("--before", type=Path, help="checkout of an earlier build, measured beside this one")
    parser.add_argument("--rounds", type=int, default=9, help="counted runs of each build (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the results (default: beside this file)")
    a = parser.parse_args()
    builds = ({"before": a.before.resolve()} if a.before else {}) | {"now": ROOT}
    photos = _photos(BUILD / "photos")
    runs = []
    with ExitStack() as stack:
        arms = [_started(stack, name, build, photos) for name, build in builds.items()]
        for turn in range(a.rounds + 1):
            for arm in arms if turn % 2 else reversed(arms):  # who is first has no advantage
                runs.append({"arm": arm.name, "turn": turn, **arm.answer()})
                Console(stderr=True).print(report.line(runs[-1]))
    (BUILD / "runs.jsonl").write_text("".join(json.dumps(run) + "\n" for run in runs))
    page = report.page([run for run in runs if run["turn"]], machine(), datetime.now(UTC).date())
    (a.out / "RESULTS.md").write_text(page)


def _started(stack: ExitStack, name: str, build: Path, photos: Path) -> Arm:
    for path in (build / part for part in BORROWED):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(ROOT / path.relative_to(build))
    arm = Arm(name, build, photos)
    stack.callback(arm.end)
    arm.answer(ask=False)
    return arm


def _photos(folder: Path) -> Path:
    """Lay out ten of the carried photos: the first of each of ten labels, in the order of their names."""
    shutil.rmtree(folder, ignore_errors=True)
    for label, files in list(carried().items())[:PHOTOS]:
        (folder / label).mkdir(parents=True)
        shutil.copy(files[0], folder / label)
    return folder


if __name__ == "__main__":
    main()
