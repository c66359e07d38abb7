"""What stands in a widget's card: lines, numbers, states of alarms, a table; or that there is nothing to show."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from infra.ops.dashboard.definition import Line
from infra.ops.dashboard.reading import Screen, Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Box = tuple[float, float, float, float]
STATES = {"ALARM": "#d13212", "OK": "#1d8102", "INSUFFICIENT_DATA": "#879596", "missing": "#e07a1f"}
COLOURS = ("#30638e", "#e07a1f", "#7b4b94", "#3a7d44", "#b5838d", "#888888")
GREY = "#687078"


def draw(figure: "Figure", box: Box, shown: Shown, screen: Screen) -> None:
    """Draw a widget's content into a box of the figure."""
    axes = figure.add_axes(box)
    if shown.widget.kind == "alarm":
        _alarms(axes, shown, screen)
    elif shown.widget.kind == "log":
        _table(axes, shown, screen)
    elif not any(shown.points.get(line.query["Id"]) for line in shown.widget.lines if line.visible):
        _empty(axes, screen)
    elif shown.widget.numbers:
        _numbers(axes, shown)
    else:
        _lines(axes, box, shown, screen)


def number(value: float) -> str:
    """Return a value in few characters."""
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _empty(axes: "Axes", screen: Screen) -> None:
    axes.set_axis_off()
    hours = (screen.end - screen.start).total_seconds() / 3600
    axes.text(0.5, 0.5, f"no data in these {number(hours)} hours", ha="center", va="center", color=GREY, size=9)


def _alarms(axes: "Axes", shown: Shown, screen: Screen) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.set_axis_off()
    axes.set(xlim=(0, len(shown.states)), ylim=(0, 1))
    for place, (name, state) in enumerate(shown.states.items()):
        style = "round,pad=0,rounding_size=0.06"
        box = FancyBboxPatch((place + 0.04, 0.12), 0.92, 0.76, boxstyle=style, facecolor=STATES[state], linewidth=0)
        axes.add_patch(box)
        words = name.removeprefix(f"{screen.name}-").replace("-", " ")
        said = {"INSUFFICIENT_DATA": "no data yet"}.get(state, state)
        axes.text(place + 0.5, 0.62, words, ha="center", va="center", color="white", size=8.5, weight="bold")
        axes.text(place + 0.5, 0.32, said, ha="center", va="center", color="white", size=8.5)


def _table(axes: "Axes", shown: Shown, screen: Screen) -> None:
    if not shown.table:
        _empty(axes, screen)
        return
    axes.set_axis_off()
    names = list(dict.fromkeys(name for row in shown.table for name in row))
    cells = [[_cell(name, row.get(name, "")) for name in names] for row in shown.table]
    table = axes.table(
        cells,
        colLabels=[name.rpartition(".")[2].lstrip("@") for name in names],
        loc="upper center",
        colWidths=_widths(cells, names),
    )
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    for (row, _), cell in table.get_celld().items():
        cell.set(edgecolor="#eaeded", height=1 / 7, facecolor="#fafafa" if row == 0 else "white")


def _widths(cells: Sequence[Sequence[str]], names: Sequence[str]) -> list[float]:
    """Return the columns' shares of the width, by their longest text."""
    columns = zip(names, zip(*cells, strict=True), strict=True)
    longest = [max(len(text) for text in (name.rpartition(".")[2], *column)) + 2 for name, column in columns]
    return [one / max(sum(longest), 46) for one in longest]


def _cell(name: str, value: str) -> str:
    if name == "@timestamp":
        return value[11:16]
    try:
        return number(float(value))
    except ValueError:
        return value if len(value) <= 12 else f"{value[:11]}…"


def _numbers(axes: "Axes", shown: Shown) -> None:
    axes.set_axis_off()
    lines = [line for line in shown.widget.lines if line.visible]
    for place, line in enumerate(lines):
        points = shown.points.get(line.query["Id"]) or ()
        x = (place + 0.5) / len(lines)
        axes.text(x, 0.58, number(points[-1][1]) if points else "-", ha="center", va="center", size=20, color="#16191f")
        axes.text(x, 0.28, line.label, ha="center", va="center", size=8.5, color=GREY)


def _lines(axes: "Axes", box: Box, shown: Shown, screen: Screen) -> None:
    widget = shown.widget
    lines = [line for line in widget.lines if line.visible]
    both = any(line.right for line in lines)
    columns = max(2, min(len(lines), round(0.65 * widget.place.width)))
    below = (0.15 + 0.07 * ceil(len(lines) / columns)) * box[3]
    inset = 0.6 / widget.place.width  # of the width: labels are as wide in every widget
    width = (1 - inset * (1.9 if both else 1.4)) * box[2]
    axes.set_position((box[0] + inset * box[2], box[1] + below, width, 0.96 * box[3] - below))
    other = axes.twinx() if both else axes
    if widget.stacked:
        handles = _stack(axes, lines, shown)
    else:
        handles = [_plot(other if line.right else axes, line, shown, place) for place, line in enumerate(lines)]
    _scale(axes, widget.left)
    if both:
        _scale(other, widget.right)
    _run_through(axes, screen)
    look: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.13), "ncol": columns}
    look |= {"handlelength": 1.0, "columnspacing": 1.0, "handletextpad": 0.4, "frameon": False, "fontsize": 7}
    axes.legend(handles, [line.label for line in lines], **look)


def _scale(axes: "Axes", label: str) -> None:
    """Give an axis of values its label, and whole numbers from 0 on."""
    from matplotlib.ticker import MaxNLocator

    axes.set_ylabel(label, size=7, color=GREY)
    highest = float(axes.dataLim.y1) if axes.has_data() else 1.0
    axes.set_ylim(0, 1.08 * max(1.0, highest))
    axes.yaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2, integer=True))
    axes.tick_params(labelsize=7, colors=GREY, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#d5dbdb")


def _run_through(axes: "Axes", screen: Screen) -> None:
    """Let time run from the screen's start to its end, in UTC."""
    from matplotlib import dates

    make: Any = dates  # it has no types
    axes.set_xlim(_day(screen.start), _day(screen.end))
    axes.xaxis.set_major_locator(make.AutoDateLocator(minticks=3, maxticks=6))
    axes.xaxis.set_major_formatter(make.DateFormatter("%H:%M", tz=screen.end.tzinfo))
    axes.grid(axis="y", color="#eaeded", linewidth=0.7)
    axes.set_axisbelow(True)


def _day(moment: datetime) -> float:
    """Return a moment as matplotlib counts: in days since 1970."""
    return moment.timestamp() / 86400


def _colour(line: Line, place: int) -> str:
    return line.color or COLOURS[place % len(COLOURS)]


def _plot(axes: "Axes", line: Line, shown: Shown, place: int) -> Any:
    points = shown.points.get(line.query["Id"]) or ()
    marker = "o" if len(points) < 4 else None
    times, values = [_day(at) for at, _ in points], [value for _, value in points]
    (handle,) = axes.plot(times, values, color=_colour(line, place), linewidth=1.4, marker=marker, markersize=3)
    return handle


def _stack(axes: "Axes", lines: Sequence[Line], shown: Shown) -> list[Any]:
    times = sorted({at for line in lines for at, _ in shown.points.get(line.query["Id"]) or ()})
    found = [dict(shown.points.get(line.query["Id"]) or ()) for line in lines]
    values = [[one.get(at, 0.0) for at in times] for one in found]
    return list(
        axes.stackplot(
            list(map(_day, times)), values, colors=[_colour(line, place) for place, line in enumerate(lines)]
        )
    )
