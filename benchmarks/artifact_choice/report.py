"""Write `RESULTS.md` (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.artifact_choice.candidates import CANDIDATE, REFERENCE
from benchmarks.artifact_choice.comparison import MARGIN, accepted
from benchmarks.artifact_choice.cpu import READING
from benchmarks.artifact_choice.measures import MEASURES
from benchmarks.artifact_choice.money import MILLION, REAL, break_even
from contracts.photos.costs import NETWORK_SECONDS

PAIRS_HEAD = "| photos | measure | fp32 | gained / lost | difference, points | 95 % interval | McNemar p | verdict |"


def markdown(found: Mapping[str, Any]) -> str:
    """Write the report."""
    parts = (_head(found), _decisive(found), _noise(found), _others(found), _cpu(found), _money(found))
    return "\n".join(line for part in parts for line in part) + "\n"


def points(share: float) -> str:
    """Write a difference of shares in percentage points, with a sign."""
    return f"{100 * share:+.2f}".replace("-", "−")  # noqa: RUF001  a minus sign, for a reader


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    photos = ", ".join(f"{one['photos']:,} of {name}" for name, one in found["sets"].items())
    yield from (
        "# Which artifact should be the default",
        "",
        f"Written by `make bench-artifact` on {found['date']}: {found['machine']}; {versions}.",
        f"Photos: {photos}. The rule, the measures and the interval: [README](README.md).",
        "",
    )


def _decisive(found: Mapping[str, Any]) -> Iterator[str]:
    pairs = found["pairs"][CANDIDATE]
    yield from (
        f"## {CANDIDATE} against {REFERENCE}",
        "",
        f"Margin {100 * MARGIN:.0f} point. All eight not worse: **{'yes' if accepted(pairs) else 'no'}**.",
        "",
        "![paired differences with their intervals](plot.png)",
        "",
        PAIRS_HEAD,
        "| --- |" + " --- |" * 7,
    )
    yield from (_pair_row(name, measure, one) for name, of in pairs.items() for measure, one in of.items())
    yield from ("", "The same, looked at otherwise (they decide nothing):", "", PAIRS_HEAD, "| --- |" + " --- |" * 7)
    for title, of_sets in found["otherwise"].items():
        for name, of in of_sets.items():
            yield from (_pair_row(f"{name}, {title}", measure, one) for measure, one in of.items())


def _pair_row(name: str, measure: str, one: Mapping[str, Any]) -> str:
    return (
        f"| {name} | {MEASURES[measure]} | {one['reference']:.1%} | {one['gained']} / {one['lost']} | "
        f"{points(one['difference'])} | {points(one['low'])} to {points(one['high'])} | {one['mcnemar']:.2g} | "
        f"{one['verdict']} |"
    )


def _noise(found: Mapping[str, Any]) -> Iterator[str]:
    films = found["between_films"]
    yield from (
        "",
        "## What another shoot changes, in fp32 alone",
        "",
        f"{films['labels']} fruits have two films about different axes. The share that is right at once differs "
        f"between the two by {100 * films['mean_apart']:.1f}",
        f"points on average, by more than the margin for {films['labels_over_margin']} of them.",
    )
    for name, one in found["sets"].items():
        low, high = one["at_once_interval"]
        yield (
            f"Right at once on {name}: {one['at_once']:.1%}, and {low:.1%} to {high:.1%} with {one['groups']} films or "
            "scenes drawn anew."
        )


def _others(found: Mapping[str, Any]) -> Iterator[str]:
    sets = list(found["sets"])
    yield from (
        "",
        "## The other artifacts",
        "",
        f"Difference to {REFERENCE} in points, its 95 % interval, and the verdict at the same margin.",
        "",
        "| artifact | measure | " + " | ".join(sets) + " |",
        "| --- | --- |" + " --- |" * len(sets),
    )
    for name, of in found["pairs"].items():
        for measure in MEASURES if name != CANDIDATE else ():
            cells = " | ".join(_cell(of[one][measure]) for one in sets)
            yield f"| {name} | {MEASURES[measure]} | {cells} |"


def _cell(one: Mapping[str, Any]) -> str:
    return f"{points(one['difference'])} ({points(one['low'])} to {points(one['high'])}) {one['verdict']}"


def _cpu(found: Mapping[str, Any]) -> Iterator[str]:
    names = [name for name in next(iter(found["cpu"].values())) if name != READING]
    yield from (
        "",
        "## What a photo costs",
        "",
        "CPU time of one core, milliseconds: median of rounds in which all take turns. *Both*: reading and CNN.",
        "",
        f"| photos | reading | {' | '.join(names)} | both, {CANDIDATE} to {REFERENCE} |",
        "| --- | --- |" + " --- |" * (len(names) + 1),
    )
    for kind, of in found["cpu"].items():
        share = (of[READING] + of[CANDIDATE]) / (of[READING] + of[REFERENCE])
        yield f"| {kind} | {of[READING]} | {' | '.join(str(of[name]) for name in names)} | {share:.2f} |"


def _money(found: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        "",
        "## What it saves",
        "",
        f"By the model of [docs/costs.md](../../docs/costs.md), Paris, x86-64, USD. The job takes "
        f"{found['job_share']:.2f} of its CPU time for a small photo",
        "(`make bench-extract`, arms `ours-224-int8` and `ours`). *Real* is a gain of "
        f"{REAL:.0%} of the bill. *Free*: if the CNN and all",
        "that is reckoned with it (fetch, Arrow, commit) cost nothing at all.",
        "",
        "| photos a month | of | setting | bill | its runs | int8 saves | of the bill | to row, minutes | free saves |",
        "| --- |" + " --- |" * 8,
    )
    for one, free in zip(found["months"], found["months_free"], strict=True):
        yield (
            f"| {one['photos']:,} | {one['of']} | {one['setting']} | {one['bill']:,.2f} | {one['runs']:,.2f} | "
            f"{one['saved']:.2f} | {one['saved_share']:.1%} | {one['minutes_to_row']} → "
            f"{one['minutes_to_row_lighter']} | {free['saved_share']:.1%} |"
        )
    large = next(one for one in found["months"] if one["photos"] == 10 * MILLION)
    yield from (
        "",
        f"With {large['photos']:,} photos a month ({large['of']}, {large['setting']}) the gain would be real if fp32 "
        f"took more than {1000 * break_even(large, found['job_share']):.0f} ms",
        f"of a core for a small photo's way through the job; {1000 * NETWORK_SECONDS:.0f} ms are reckoned.",
    )
    yield from _again(found["again"])


def _again(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from (
        "",
        "To work on a million photos anew, in batches of 10,000:",
        "",
        "| of | core hours, fp32 | int8 | runs, USD, fp32 | int8 | GETs, USD |",
        "| --- |" + " --- |" * 5,
    )
    for one in found:
        fp32, int8 = one["fp32"], one["int8"]
        yield (
            f"| {one['of']} | {fp32['core_hours']} | {int8['core_hours']} | {fp32['runs']:.2f} | {int8['runs']:.2f} | "
            f"{fp32['gets']:.2f} |"
        )
