"""Models as tables and sentences."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from contracts import models

if TYPE_CHECKING:
    from spark_app.models.card import ModelCard  # numpy: not for a help text

Facts = list[tuple[str, str]]

OUTCOMES: Mapping[str, str] = {
    "done": "[green]A new model is published.[/green] It is the latest one from now on.",
    "unchanged": "[yellow]Nothing changed[/yellow] since the latest model: no row came or went. It stays as it is.",
    "superseded": "[yellow]A model of newer rows is there already[/yellow]: it stays the latest one.",
}
NOTES: Mapping[str, str] = {
    "fewer_rows_than_components": "fewer photos than features: beyond the number of photos no component has variance",
    "rank_deficient": "some directions have no variance at all, and no component can be one of them",
    "constant_column": "some features are the same in all photos",
    "k_capped": "k was larger than possible, and is cut",
}
_SHOWN_COMPONENTS = 8
_NEARLY_ALL = 0.9
_NEW_SCENES = "No film or scene of theirs was among the photos that it had seen."
_NEAR_TWINS = "Near-twins of photos that it had seen, such as frames of one film, flatter it."


def versions(cards: "Sequence[ModelCard]", latest: str) -> Table:
    """Return all versions as a table, one on each line."""
    ids = (Column(name, overflow="fold") for name in ("version", "fitted (UTC)"))
    table = Table(*ids, title=f"{len(cards)} model{'s' * (len(cards) != 1)}")
    for name in ("photos", "k", "keeps"):
        table.add_column(name, justify="right")
    table.add_column("mode")
    table.add_column("changed", justify="right")
    for card in cards:
        name = f"[bold]{card.version}[/bold] latest" if card.version == latest else card.version
        changed = f"{card.drift['change']:.2%}" if card.drift else "first"
        facts = (_moment(card.created_at), f"{card.n:,}", str(card.k), f"{card.explained:.1%}")
        table.add_row(name, *facts, card.mode, changed)
    return table


def show_card(console: Console, card: "ModelCard", place: str, is_latest: bool) -> None:
    """Show a version: its facts, one a line."""
    mark = " (the latest)" if is_latest else ""
    _show(console, f"Model {card.version}{mark}", facts(card, place))


def facts(card: "ModelCard", place: str) -> Facts:
    """Return a card's facts in words. `place` is the folder of all versions."""
    kept = ", ".join(f"{share} in {count:,}" for share, count in card.components_for.items())
    came = f"; {card.rows_inserted:,} came and {card.rows_deleted:,} went since" if card.mode == "incremental" else ""
    lines = [
        ("fitted", f"{_moment(card.created_at)} UTC, {card.mode}: {card.why}"),
        ("photos", f"{card.n:,} with features{came}"),
        ("features", f"{card.width:,} a photo, of {card.backbone} (artifact {card.artifact_sha256[:12]})"),
        ("snapshot", f"{card.snapshot_id} of {card.table}"),
        ("variance", f"{kept} components"),
        ("kept", f"k = {card.k:,} components with {card.explained:.2%} of the variance"),
        ("changed", change(card.drift, card.previous)),
        ("suggestions", suggestions(card.suggestions)),
        ("matrix", f"{card.matrix['rows']:,} rows of {card.k:,} coordinates, table {card.reduced}"),
        ("files", f"{place}/{card.version}/: pictures {', '.join(models.PICTURES)}; {models.MATRIX}/"),
    ]
    left_out = sum(card.left_out.values())
    if left_out:
        lines.insert(2, ("left out", f"{left_out:,} photos, whose features come from another artifact"))
    return lines + [("note", NOTES.get(note, note)) for note in card.notes]


def change(drift: Mapping[str, Any] | None, previous: str | None) -> str:
    """Return how much a refit changed the space, and whether old coordinates still do."""
    if drift is None:
        return "nothing to compare with: it is the first model of these features"
    verdict = "coordinates of the old model should be made anew" if drift["reproject"] else "old coordinates still do"
    limit = f"the limit is {drift['threshold']:.0%}"
    return f"the space changed by {drift['change']:.2%} since {previous}: {verdict} ({limit})"


def suggestions(calibrated: Mapping[str, Any] | None) -> str:
    """Return how good a model's suggestions were on photos held out of it."""
    if not calibrated or not calibrated["photos"]:
        return "none: they need labelled photos"
    text = (
        f"{calibrated['classes']:,} labels; of {calibrated['photos']:,} photos, each held against the other half of "
        f"its label's, the first was right for {calibrated['top1']:.1%}, one of three for {calibrated['top3']:.1%}; "
        f"below a similarity of {calibrated['threshold']:.2f} it says unknown ({calibrated['unknown']:.1%} of them)"
    )
    if calibrated["unknown"] < _NEARLY_ALL:
        return text
    return f"{text}: no similarity makes answers right often enough; more photos of each label would help"


def show_comparison(console: Console, before: "ModelCard", after: "ModelCard", drift: Mapping[str, Any]) -> None:
    """Show how one version differs from an earlier one."""
    _show(console, f"From {before.version} to {after.version}", comparison(before, after, drift))
    table = Table("component", title=f"The first components of {before.version}, as today's photos see them")
    for name in ("share of variance", "mean moved by (its deviations)", "variance today / then"):
        table.add_column(name, justify="right")
    rows = zip(before.shares, drift["mean_shift"], drift["variance_ratio"], strict=True)
    for number, (share, moved, ratio) in list(enumerate(rows, 1))[:_SHOWN_COMPONENTS]:
        table.add_row(f"pc_{number}", f"{share:.2%}", f"{moved:+.3f}", f"{ratio:.3f}")
    console.print(table)


def comparison(before: "ModelCard", after: "ModelCard", drift: Mapping[str, Any]) -> Facts:
    """Return a comparison's facts in words."""
    angles, ratios = sorted(drift["principal_angles"]), drift["variance_ratio"]
    lines = [
        ("photos", f"{before.n:,} then, {after.n:,} now"),
        ("components", f"{before.k:,} then, {after.k:,} now"),
        ("changed", change(drift, before.version)),
        ("turned", f"principal angles: half below {angles[len(angles) // 2]:.2f}°, the largest {angles[-1]:.2f}°"),
        ("moved", f"the mean, by at most {max(map(abs, drift['mean_shift'])):.3f} deviations of a component"),
        ("stretched", f"variance today / then from {min(ratios):.3f} to {max(ratios):.3f}"),
        ("left outside", f"{drift['residual']:.2%} of today's variance lies outside the old components"),
    ]
    close = len(drift["close_eigenvalues"])
    if close:
        lines.append(("note", f"components nearly as strong as their next one, which may turn with it: {close}"))
    return lines


def show_refits(console: Console, refits: Sequence[Mapping[str, Any]]) -> None:
    """Show the demo's refits side by side."""
    table = Table("the PCA", title="The model, fitted by the refit job")
    for number, _ in enumerate(refits, 1):
        table.add_column(f"refit {number}")
    for name, text in _REFIT.items():
        table.add_row(name, *(text(refit) for refit in refits))
    console.print(table)


_REFIT: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "version": lambda refit: str(refit["version"]),
    "mode, and why": lambda refit: f"{refit['mode']}: {refit['why']}",
    "photos": lambda refit: f"{refit['n']:,} (+{refit['rows_inserted']:,}, -{refit['rows_deleted']:,})",
    "k": lambda refit: f"{refit['k']:,} components" + _kept(refit["explained"]),
    "changed": lambda refit: "-" if refit["change"] is None else _changed(refit),
    "seconds": lambda refit: f"{refit['seconds']:.1f}",
}


def _kept(explained: float | None) -> str:
    return "" if explained is None else f" keep {explained:.2%} of the variance"


def _changed(refit: Mapping[str, Any]) -> str:
    return f"{refit['change']:.2%} of the space; " + ("re-project" if refit["reproject"] else "no need to re-project")


def show_suggestions(console: Console, measured: Mapping[str, Any]) -> None:
    """Show how good the suggestions for the demo's later photos were, and how far to trust the figures."""
    if not measured["photos"]:
        console.print("No suggestions: no labelled photo came when there was a model.")
        return
    share = measured["right_when_known"]
    right = "" if share is None else f"; where it was not, {share:.1%} were right"
    console.print(
        f"Suggestions for {measured['photos']:,} photos that the first model had not seen: the first was right for "
        f"{measured['top1']:.1%}, one of the three for {measured['top3']:.1%}; {measured['unknown']:.1%} were called "
        f"unknown{right}."
    )
    held_out = measured["held_out"]
    if held_out:
        origin = _NEW_SCENES if measured["whole_scenes"] else _NEAR_TWINS
        console.print(
            f"{origin} With the half of each label's photos held out that differs most from its other half: "
            f"{held_out['top1']:.1%}, {held_out['top3']:.1%}, and {held_out['unknown']:.1%} unknown "
            f"({held_out['photos']:,} photos)."
        )
    _show_examples(console, measured["examples"])


def _show_examples(console: Console, examples: Sequence[Mapping[str, Any]]) -> None:
    table = Table("uploaded as", title="Some of them: right, wrong and unknown ones in turn")
    for name in ("first suggestion", "second", "third"):
        table.add_column(name)
    for photo in examples:
        said = [f"{label} {similarity:.2f}" for label, similarity in photo["suggestions"]]
        right = bool(said) and photo["suggestions"][0][0] == photo["label"]
        style = ("green" if right else "red") if photo["known"] else "bright_black"
        first = [f"[{style}]{escape(said[0])}{'' if photo['known'] else ': unknown'}[/{style}]"] if said else ["none"]
        table.add_row(escape(photo["label"]), *first, *map(escape, said[1:]))
    console.print(table)


def _show(console: Console, title: str, lines: Facts) -> None:
    table = Table(title=title, show_header=False, title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in lines:
        table.add_row(name, text)
    console.print(table)


def _moment(created_at: str) -> str:
    return created_at.replace("T", " ")[:19]
