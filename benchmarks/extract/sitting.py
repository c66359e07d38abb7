"""One sitting: arms take turns, and each run is written down as soon as it is over."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.extract import page, plot, report
from benchmarks.extract.measure import Run, measure
from benchmarks.extract.suite import Block


def sit(blocks: Sequence[Block], count: int | None, results: Path) -> int:
    """Run all turns and return how many failed; these do not hold up the others.

    Args:
        blocks: the arms that take turns, one block after the other.
        count: the most photos that an arm may take, for a try.
        results: folder of `results.json`, whose runs of other arms stay, and of the pages.
    """
    console, started = Console(stderr=True), datetime.now(UTC)
    file = results / "results.json"
    earlier = json.loads(file.read_text()).get("runs", []) if file.exists() else []
    turns = [(f"{part}.{number}", name) for part, block in enumerate(blocks) for number, name in block.turns()]
    runs: list[Run] = []
    for place, (number, name) in enumerate(turns, start=1):
        console.print(f"{datetime.now(UTC):%H:%M:%S} {place} of {len(turns)}, {number} {name}", highlight=False)
        run = _measured(name, count, console)
        if run is not None:
            runs.append({**run, "round": f"{started:%Y-%m-%dT%H:%M:%S} {number}"})
            write(report.merged(earlier, runs, started.date().isoformat()), results)
    if not turns:
        write(report.merged(earlier, runs, started.date().isoformat()), results)
    return len(turns) - len(runs)


def _measured(name: str, count: int | None, console: Console) -> Run | None:
    begun = time.monotonic()
    try:
        run = measure(name, count)
    except RuntimeError as error:
        console.print(f"  failed: {error}", highlight=False)
        return None
    run["took"] = time.monotonic() - begun
    cosine = "" if run["cosine_min"] is None else f", cosine {run['cosine_min']:.6f}"
    spent = f"{report.speed(run):.1f} images/s, {run['peak_mb']} MB, {run['took']:.0f} s"
    console.print(f"  {spent}{cosine}", highlight=False)
    return run


def write(found: Mapping[str, Any], results: Path) -> None:
    """Write what was found as `results.json`, `RESULTS.md` and the plot; nothing where nothing was measured."""
    if not found["runs"]:
        return
    (results / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (results / "RESULTS.md").write_text(page.markdown(found))
    plot.draw(found, results / "plot.png")
