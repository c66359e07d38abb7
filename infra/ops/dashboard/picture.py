"""Draw a dashboard: one picture, each widget where its definition puts it."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from infra.ops.dashboard import widgets
from infra.ops.dashboard.definition import COLUMNS
from infra.ops.dashboard.reading import Screen, Shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CELL = (0.72, 0.46)
"""Width and height of a grid cell in inches."""
_HEAD = 0.5
_GAP = 0.09
PAPER, CARD, INK = "#f2f3f3", "#ffffff", "#16191f"


def save(screen: Screen, target: Path, dpi: int = 110) -> None:
    """Draw to a PNG. `dpi` scales it: 110 gives about 1,900 pixels in width."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _drawn(screen).savefig(target, dpi=dpi, facecolor=PAPER)


def svg(screen: Screen) -> str:
    """Return the picture as an SVG element whose text is text."""
    import matplotlib as mpl  # takes a second to import, and not every command draws

    written = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        _drawn(screen).savefig(written, format="svg", facecolor=PAPER)
    return written.getvalue()[written.getvalue().index("<svg") :]


def _drawn(screen: Screen) -> "Figure":
    from matplotlib.figure import Figure

    rows = max(shown.widget.place.y + shown.widget.place.height for shown in screen.shown)
    size = (COLUMNS * _CELL[0], rows * _CELL[1] + _HEAD)
    figure = Figure(figsize=size)
    span = f"{screen.start:%Y-%m-%d %H:%M} to {screen.end:%H:%M} UTC"
    at = 1 - _HEAD / size[1] / 2
    figure.text(0.008, at, screen.name, size=15, weight="bold", color=INK, va="center")
    figure.text(0.992, at, span, size=11, color="#545b64", va="center", ha="right")
    for shown in screen.shown:
        _put(figure, shown, size, screen)
    return figure


def _put(figure: "Figure", shown: Shown, size: tuple[float, float], screen: Screen) -> None:
    """Draw one widget as a card."""
    from matplotlib.patches import Rectangle

    place = shown.widget.place
    left, width = place.x * _CELL[0] + _GAP / 2, place.width * _CELL[0] - _GAP
    top, height = _HEAD + place.y * _CELL[1] + _GAP / 2, place.height * _CELL[1] - _GAP
    bottom = size[1] - top - height
    box = (left / size[0], bottom / size[1], width / size[0], height / size[1])
    card = Rectangle(box[:2], *box[2:], transform=figure.transFigure, facecolor=CARD, edgecolor="#d5dbdb", zorder=-1)
    figure.add_artist(card)
    figure.text(
        (left + 0.1) / size[0],
        (bottom + height - 0.17) / size[1],
        shown.widget.title,
        size=9.5,
        weight="bold",
        color=INK,
        va="center",
    )
    inner = ((left + 0.12) / size[0], (bottom + 0.1) / size[1], (width - 0.24) / size[0], (height - 0.42) / size[1])
    widgets.draw(figure, inner, shown, screen)
