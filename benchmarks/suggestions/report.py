"""Write `RESULTS.md` (pure)."""

from collections.abc import Mapping
from typing import Any

SETS = ("fruits360", "street", "both, labels as uploaded")


def markdown(found: Mapping[str, Any]) -> str:
    """Write the report."""
    return "\n".join([*_head(found), *_sets(found), *_spaces(found), *_splits(found), *_confused(found), ""])


def _head(found: Mapping[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return [
        "# The suggestions on photos they have not seen",
        "",
        f"Written by `make bench-suggestions` on {found['date']}: {found['machine']}; {versions}. Artifact",
        f"{found['artifact_sha256'][:12]}. How photos are held out, and what that leaves open: [README](README.md).",
        "",
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _sets(found: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Ours",
        "",
        "*Known*: the similarity reaches the threshold that 90 % of the other folds' answers are right from.",
        "",
        "| photos | | classes | right at once | right among three | unknown | right of the known |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, one in found["sets"].items():
        lines.append(
            f"| {name} | {one['photos']:,} | {one['classes']} | {_percent(one['top1'])} | {_percent(one['top3'])} | "
            f"{_percent(one['unknown'])} | {_percent(one['precision_of_known'])} |"
        )
    return lines


def _spaces(found: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## Other spaces, paired",
        "",
        "Right at once / among three · unknown · photos gained and lost against ours.",
        "",
        "![right at once and unknown, by space](plot.png)",
        "",
        "| nearest class mean by cosine in | " + " | ".join(SETS) + " |",
        "| --- |" + " --- |" * len(SETS),
    ]
    for name, of in found["spaces"].items():
        lines.append(f"| {name} | " + " | ".join(_cell(of[one]) for one in SETS) + " |")
    return lines


def _cell(one: Mapping[str, Any]) -> str:
    return (
        f"{_percent(one['top1'])} / {_percent(one['top3'])} · {_percent(one['unknown'])} · "
        f"+{one['gained']} −{one['lost']}"  # noqa: RUF001  a minus sign, for a reader
    )


def _splits(found: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## What another split would say",
        "",
        "*Near-identical*: photos that have one of their label at a cosine of 0.95 or more on the other side. The last",
        "two columns: the honest split's answers under the threshold that this split calibrates to 90 %. Stretches are",
        "cut in the order of the files' names, in which each film is one run.",
        "",
        "| photos | split | right at once | near-identical | threshold | right of the known, honestly | unknown |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found["splits"]:
        lines.append(
            f"| {one['set']} | {one['split']} | {_percent(one['top1'])} | {_percent(one['near_identical'])} | "
            f"{one['threshold']:.3f} | {_percent(one['honest_precision_at_threshold'])} | "
            f"{_percent(one['honest_unknown_at_threshold'])} |"
        )
    return lines


def _confused(found: Mapping[str, Any], most: int = 12) -> list[str]:
    lines = ["", "## What is confused", "", "![confused labels](confusion.png)", ""]
    for name in SETS[:2]:
        lines += [f"{name}, the largest pairs:", "", "| it is | told | photos |", "| --- | --- | --- |"]
        lines += [
            f"| {pair['is']} | {pair['told']} | {pair['photos']} of {pair['of']} |"
            for pair in found["confused"][name][:most]
        ]
        lines.append("")
    return lines[:-1]
