"""How good the suggestions for new photos were, and a picture of some of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts.photos.manifest import photo_id
from contracts.photos.results import FEATURES, Result
from infra.ops.uploads import Uploaded
from spark_app.photos.images import Decoded, decode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RIGHT, WRONG, UNKNOWN = "tab:green", "tab:red", "0.55"
_ACROSS = 3


@dataclass(frozen=True, slots=True)
class Answered:
    """A photo, its label at upload, and the model's suggestions (label, cosine), best first."""

    source: Path
    label: str
    suggestions: Sequence[tuple[str, float]]
    known: bool
    """The model did not call it unknown."""

    @property
    def right(self) -> bool:
        """Whether the first suggestion is the label."""
        return bool(self.suggestions) and self.suggestions[0][0] == self.label

    @property
    def colour(self) -> str:
        """The answer's colour in the picture."""
        if not self.known:
            return UNKNOWN
        return RIGHT if self.right else WRONG


def answered(results: Iterable[Result], uploaded: Iterable[Uploaded]) -> list[Answered]:
    """Join the runs' results with the uploads: photos that have features and were uploaded with a label."""
    sources = {photo_id(photo.bucket, photo.key, photo.version_id): photo for photo in uploaded}
    pairs = [(sources.get(result.photo_id), result) for result in results if result.outcome == FEATURES]
    return [
        Answered(
            photo.source, photo.label, [(one.label, one.similarity) for one in result.suggestions], bool(result.known)
        )
        for photo, result in pairs
        if photo is not None and photo.label is not None
    ]


def measured(photos: Sequence[Answered]) -> dict[str, Any]:
    """Return the shares of photos: the label suggested first, among three, called unknown, right when not unknown.

    `top1` and `top3` ignore the threshold. A share of no photos is None.
    """
    known = [photo.right for photo in photos if photo.known]
    among = [photo.label in {label for label, _ in photo.suggestions} for photo in photos]
    return {
        "photos": len(photos),
        "top1": _share([photo.right for photo in photos]),
        "top3": _share(among),
        "unknown": _share([not photo.known for photo in photos]),
        "right_when_known": _share(known),
    }


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def choose(photos: Sequence[Answered], count: int, seed: int) -> list[Answered]:
    """Choose some to show, the same ones for the same seed: right, wrong and unknown ones in turn, while there are any.

    Taken at random, rare kinds would hardly be seen; so the picture is no sample, and its title says so. Within a
    kind each label comes once before any comes again.
    """
    shuffled = [photos[int(index)] for index in np.random.default_rng(seed).permutation(len(photos))]
    before: Counter[tuple[str, str]] = Counter()
    turns = []
    for photo in shuffled:
        turns.append(before[photo.colour, photo.label])
        before[photo.colour, photo.label] += 1
    ordered = [photo for _, photo in sorted(zip(turns, shuffled, strict=True), key=lambda pair: pair[0])]
    kinds = {colour: [photo for photo in ordered if photo.colour == colour] for colour in _KINDS}
    chosen: list[Answered] = []
    while len(chosen) < min(count, len(photos)):
        chosen += [kind.pop(0) for kind in kinds.values() if kind]
    return sorted(chosen[:count], key=lambda photo: list(_KINDS).index(photo.colour))


_KINDS = {RIGHT: "right", WRONG: "wrong", UNKNOWN: "unknown"}


def draw(
    photos: Sequence[Answered],
    threshold: float | None,
    target: Path,
    read: Callable[[Path], bytes] = Path.read_bytes,
    count: int = 12,
    seed: int = 1,
) -> None:
    """Write the picture: each photo beside its suggestions as bars, as long as they are similar."""
    from matplotlib.figure import Figure  # takes a second to import, and not every command draws

    chosen = choose(photos, count, seed)
    down = max(1, -(-len(chosen) // _ACROSS))
    figure = Figure(figsize=(5.2 * _ACROSS, 1.9 * down + 1.2), layout="constrained")
    axes = figure.subplots(down, 2 * _ACROSS, squeeze=False, width_ratios=[1.0, 1.7] * _ACROSS)
    for place in range(down * _ACROSS):
        line, column = divmod(place, _ACROSS)
        pair = axes[line][2 * column], axes[line][2 * column + 1]
        for axis in pair:
            axis.axis("off")
        if place < len(chosen):
            _photo(pair[0], chosen[place], read(chosen[place].source))
            _bars(pair[1], chosen[place], threshold)
    figure.suptitle(_title(photos, chosen, threshold), fontsize=11)
    figure.savefig(target, dpi=90)


def _title(photos: Sequence[Answered], chosen: Sequence[Answered], threshold: float | None) -> str:
    counts = {name: sum(photo.colour == colour for photo in photos) for colour, name in _KINDS.items()}
    shown = ", ".join(f"{sum(one.colour == colour for one in chosen)} {name}" for colour, name in _KINDS.items())
    everything = ", ".join(f"{number} {name}" for name, number in counts.items())
    dashed = "" if threshold is None else f" Dashed: below {threshold:.2f} it is called unknown."
    return (
        f"New photos and the model's suggestions, by cosine similarity. Of {len(photos)}: {everything}; here {shown}.\n"
        f"Green: the label it was uploaded with. Red: another one. Grey: called unknown. Pale: what came next.{dashed}"
    )


def _photo(axis: "Axes", photo: Answered, data: bytes) -> None:
    image = decode(data, 192)
    axis.imshow(image.pixels if isinstance(image, Decoded) else np.full((192, 192, 3), 255, np.uint8))
    axis.set_title(photo.label, fontsize=10, color=photo.colour, parse_math=False)
    axis.axis("on")
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_color(photo.colour)
        side.set_linewidth(2.5)


def _bars(axis: "Axes", photo: Answered, threshold: float | None) -> None:
    for place, (label, similarity) in enumerate(photo.suggestions):
        # The answer is the first one; of the others it matters only whether the label is among them.
        colour = photo.colour if place == 0 else RIGHT if label == photo.label and photo.known else "0.85"
        axis.barh(place, max(0.0, similarity), height=0.72, color=colour, alpha=0.45)
        axis.text(0.02, place, label, va="center", fontsize=9.5, parse_math=False)
        axis.text(1.02, place, f"{similarity:.2f}", va="center", fontsize=9.5)
    if threshold is not None:
        axis.plot([threshold, threshold], [-0.5, 2.5], color="0.3", linewidth=1, linestyle="--")
    if not photo.known:
        axis.set_title("unknown", fontsize=10, color=UNKNOWN, loc="left")
    axis.set(xlim=(0, 1.2), ylim=(2.6, -0.6))
