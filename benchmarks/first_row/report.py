"""From runs to the page of results (pure)."""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any

Run = Mapping[str, Any]
FIGURES = {
    "commit": "wall to the commit",
    "end": "wall to the run's end",
    "cpu": "CPU of the run's process tree",
}
LIMIT = 0.7


def line(run: Run) -> str:
    """Return a run as one line for a person."""
    return f"{run['arm']:7} {run['turn']:3} " + " ".join(f"{name} {run[name]:6.2f}" for name in FIGURES)


def page(runs: Sequence[Run], machine: str, day: date) -> str:
    """Return the results as Markdown. `runs` has those that count: each build's `turn` pairs with the other's."""
    arms = list(dict.fromkeys(run["arm"] for run in sorted(runs, key=lambda run: str(run["arm"]))))
    lines = [
        "# From StartJobRun to the first committed row",
        "",
        f"Ten photos, one executor of two cores, `submit`'s own request, in the local cloud; {_turns(runs)} runs of",
        f"each build in turns: median (least to most). {machine}, {day.isoformat()}. Command: `make bench-first-row`",
        "(README.md says how, and where the time goes).",
        "",
        f"| | {' | '.join(arms)} |" + (" now / before, paired |" if len(arms) > 1 else ""),
        "| --- |" + " --- |" * (len(arms) + (len(arms) > 1)),
        *(
            f"| {what} |" + "".join(_cell(runs, arm, name) for arm in arms) + _ratio(runs, name)
            for name, what in FIGURES.items()
        ),
        "",
        "| step, by the run's own report (median) | " + " | ".join(arms) + " |",
        "| --- |" + " --- |" * len(arms),
        *(f"| {step} |" + "".join(f" {_step(runs, arm, step)} |" for arm in arms) for step in _steps(runs)),
    ]
    return "\n".join(lines) + "\n"


def _turns(runs: Sequence[Run]) -> int:
    return len({run["turn"] for run in runs})


def _cell(runs: Sequence[Run], arm: str, name: str) -> str:
    found = [float(run[name]) for run in runs if run["arm"] == arm]
    return f" {median(found):.2f} s ({min(found):.2f} to {max(found):.2f}) |"


def _ratio(runs: Sequence[Run], name: str) -> str:
    """Return the cell of the two builds' ratio: the median over turns, each of which has both."""
    turns: dict[int, dict[str, float]] = {}
    for run in runs:
        turns.setdefault(run["turn"], {})[run["arm"]] = run[name]
    ratios = [turn["now"] / turn["before"] for turn in turns.values() if {"now", "before"} <= turn.keys()]
    if not ratios:
        return ""
    return f" {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); asked for: ≤ {LIMIT} |"


def _steps(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(step for run in runs for step in run["steps"]))


def _step(runs: Sequence[Run], arm: str, step: str) -> str:
    found = [float(run["steps"][step]) for run in runs if run["arm"] == arm and step in run["steps"]]
    return f"{median(found):.2f} s" if found else "-"
