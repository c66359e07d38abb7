"""Eleven fruits, each recognisable by its shape, its colour and its skin. Each draws one fruit with a pen."""

from collections.abc import Callable

import numpy as np

from infra.demo.paint.pen import Colour, Grid, Pen, clouds, mix

_BROWN: Colour = (0.36, 0.23, 0.12)
_LEAF: Colour = (0.22, 0.52, 0.16)


def apple(pen: Pen) -> None:
    """Red with yellow streaks, a dimple with a stem, a leaf."""
    angle = np.arctan2(pen.y, pen.x)
    radius = 0.84 - 0.16 * _bump(angle - np.pi / 2, 0.42) - 0.05 * _bump(np.abs(angle + np.pi / 2), 0.3)
    ratio = np.hypot(pen.x, pen.y) / radius
    height = 0.84 * np.sqrt(np.clip(1 - ratio**2, 0, None))
    streaks = clouds(pen.rng, pen.side, pen.side, (6, 40))
    skin = mix((0.80, 0.08, 0.10), (0.92, 0.66, 0.22), (streaks - 0.62) * 2.2)
    pen.solid(height, skin, 0.5, (1 - ratio) * radius)
    pen.stroke((0, 0.58), (0.10, 0.95), 0.07, _BROWN)
    pen.leaf((0.06, 0.76), (0.55, 0.93), 0.24, _LEAF)


def banana(pen: Pen) -> None:
    """A yellow crescent with brown tips."""
    across, up = pen.x, pen.y - 0.75
    angle = np.arctan2(across, -up)  # 0 in the middle of the arc, which hangs below its centre
    part = np.abs(angle) / 0.95
    half = 0.25 * np.sqrt(np.clip(1 - np.clip(part, 0, 1) ** 3, 0, None)) + 0.045 * (part < 1.1)
    aside = np.abs(np.hypot(across, up) - 1.05)
    height = np.sqrt(np.clip(half**2 - aside**2, 0, None))
    speckles = clouds(pen.rng, pen.side, pen.side, (60, 60)) > 0.93
    skin = mix((0.98, 0.83, 0.16), (0.55, 0.38, 0.12), speckles * 0.7)
    skin = mix(skin, (0.30, 0.22, 0.10), ((part - 0.90) * 9))
    pen.solid(height, skin, 0.15, np.where(part < 1.1, half - aside, -1))


def cherry(pen: Pen) -> None:
    """Two dark red balls on long green stems, a leaf where they meet."""
    for centre in ((-0.42, -0.42), (0.40, -0.50)):
        pen.stroke((0.05, 0.85), (centre[0] * 0.9, centre[1] + 0.34), 0.05, (0.42, 0.52, 0.20))
        pen.ball(centre, 0.40, (0.68, 0.03, 0.10), 0.7)
    pen.leaf((0.03, 0.84), (0.72, 0.62), 0.30, _LEAF)


def grape(pen: Pen) -> None:
    """A bunch of purple balls, narrowing downwards."""
    pen.stroke((0, 0.60), (0.08, 0.95), 0.07, _BROWN)
    for row, many in enumerate((4, 5, 4, 3, 2, 1)):
        for place in range(many):
            across = (place - (many - 1) / 2) * 0.34 + pen.rng.normal(0, 0.03)
            shade = pen.rng.uniform(0.75, 1.15)
            colour = (0.40 * shade, 0.17 * shade, 0.50 * shade)
            pen.ball((across, 0.52 - 0.245 * row + pen.rng.normal(0, 0.015)), 0.21, colour, 0.5)
    pen.leaf((0.05, 0.72), (-0.60, 0.86), 0.40, _LEAF)


def kiwi(pen: Pen) -> None:
    """Cut across: green flesh with rays, a pale heart, a ring of black seeds, a brown skin."""
    apart = np.hypot(pen.x, pen.y * 1.08)
    rays = 0.5 + 0.5 * np.sin(np.arctan2(pen.y, pen.x) * 26 + pen.rng.uniform(0, 6))
    flesh = mix((0.42, 0.66, 0.12), (0.66, 0.84, 0.30), (rays * _bump(apart - 0.45, 0.28)))
    flesh = mix(flesh, (0.93, 0.93, 0.70), _fall(apart, 0.24, 0.10))
    cut = mix(flesh, (0.40, 0.27, 0.14), _fall(-apart, -0.80, 0.03))
    pen.put(cut, pen.cover(0.86 - apart))
    turns = np.arange(30) / 30 * 2 * np.pi
    away = 0.38 + pen.rng.uniform(-0.05, 0.06, 30)
    pen.spots(np.stack([away * np.cos(turns), away * np.sin(turns) / 1.08], axis=1), 0.033, (0.08, 0.06, 0.05), 1.3)


def lemon(pen: Pen) -> None:
    """A yellow oval with a tip at each end, finely pitted."""
    body = 0.56**2 * np.clip(1 - (pen.y / 0.74) ** 2, 0, None) ** 1.4
    tips = 0.15**2 * np.clip(1 - (np.abs(pen.y) / 0.94) ** 12, 0, None)
    pen.turned(np.sqrt(body + tips), _pitted(pen, (0.98, 0.88, 0.20), 0.07), 0.4)


def orange(pen: Pen) -> None:
    """A ball of orange peel with a small green navel."""
    pen.ball((0, 0), 0.84, _pitted(pen, (0.97, 0.53, 0.06), 0.16), 0.35)
    pen.spots(np.array([[0.12, 0.50]]), 0.085, (0.30, 0.40, 0.14), 0.7)


def pear(pen: Pen) -> None:
    """Green and yellow, a belly and a neck, a stem."""
    belly = np.clip(0.62**2 - (pen.y + 0.30) ** 2, 0, None) ** 2
    neck = np.clip(0.27**2 - (pen.y - 0.52) ** 2, 0, None) ** 2
    waist = (0.34 * _bump(pen.y - 0.20, 0.40)) ** 4 * (np.abs(pen.y) < 0.75)
    half = (belly + neck + waist) ** 0.25  # the widest of the three, without corners where they meet
    freckles = clouds(pen.rng, pen.side, pen.side, (50, 50)) > 0.88
    skin = mix((0.76, 0.80, 0.26), (0.58, 0.70, 0.20), clouds(pen.rng, pen.side, pen.side, (5, 5)))
    pen.turned(half, mix(skin, (0.50, 0.45, 0.18), freckles * 0.6), 0.3)
    pen.stroke((0, 0.72), (0.08, 0.97), 0.065, _BROWN)


def pineapple(pen: Pen) -> None:
    """A barrel of brown-gold diamonds under a crown of leaves."""
    for lean in (-0.55, 0.55, -0.36, 0.36, -0.17, 0.17, 0.0):
        shade = pen.rng.uniform(0.8, 1.2)
        pen.leaf((lean * 0.35, 0.22), (lean, 0.98 - abs(lean) * 0.45), 0.20, (0.20 * shade, 0.48 * shade, 0.18 * shade))
    half = 0.48 * np.clip(1 - (np.abs(pen.y + 0.33) / 0.63) ** 2.6, 0, None) ** (1 / 2.6)
    around = np.arcsin(np.clip(pen.x / np.maximum(half, 1e-3), -1, 1)) * 0.48
    net = np.minimum(np.abs(np.sin((around + pen.y) * 11)), np.abs(np.sin((around - pen.y) * 11)))
    skin = mix((0.45, 0.28, 0.08), (0.90, 0.66, 0.18), (net * 1.6))
    eyes = mix(skin, (0.42, 0.33, 0.12), ((net - 0.86) * 9))
    pen.turned(half, eyes, 0.1)


def strawberry(pen: Pen) -> None:
    """A red cone with yellow seeds and a green collar."""
    part = np.clip((0.62 - pen.y) / 1.5, 0, 1)
    half = 0.70 * np.sqrt(np.clip(np.sin(np.pi * part**0.62), 0, None)) * (1 - 0.30 * part)
    pen.turned(np.where((part > 0) & (part < 1), half, 0), (0.88, 0.10, 0.14), 0.45)
    seeds = [
        (across * width, up)
        for row, up in enumerate(np.arange(-0.62, 0.50, 0.19))
        for width in [0.20 + 0.42 * (up + 0.75) ** 0.7]
        for across in np.linspace(-0.75, 0.75, 4 + row % 2)
    ]
    pen.spots(np.array(seeds), 0.034, (0.97, 0.85, 0.38), 1.5)
    for lean in (-0.62, -0.34, 0.0, 0.34, 0.62):
        pen.leaf((0, 0.66), (lean, 0.40 + abs(lean) * 0.35), 0.22, (0.28, 0.60, 0.20))
    pen.stroke((0, 0.62), (0.05, 0.94), 0.07, (0.34, 0.56, 0.22))


def watermelon(pen: Pen) -> None:
    """A slice: red flesh with black seeds, a white and a green rind, a straight cut."""
    up = pen.y - 0.40
    apart = np.hypot(pen.x, up)
    stripes = 0.5 + 0.5 * np.sin(np.arctan2(up, pen.x) * 30)
    rind = mix((0.10, 0.36, 0.14), (0.30, 0.58, 0.22), stripes)
    slice_ = mix(rind, (0.90, 0.95, 0.80), _fall(apart, 0.84, 0.02))
    flesh = mix((0.93, 0.24, 0.28), (0.98, 0.42, 0.42), clouds(pen.rng, pen.side, pen.side, (30, 30)))
    slice_ = mix(slice_, flesh, _fall(apart, 0.76, 0.05))
    pen.put(slice_, np.minimum(pen.cover(0.95 - apart), pen.cover(-up)))
    turns = np.concatenate([np.linspace(0.35, np.pi - 0.35, 7), np.linspace(0.6, np.pi - 0.6, 4)])
    away = np.array([0.58] * 7 + [0.32] * 4) + pen.rng.normal(0, 0.02, 11)
    pen.spots(np.stack([away * np.cos(turns), 0.40 - away * np.sin(turns)], axis=1), 0.042, (0.08, 0.05, 0.05), 1.6)


FRUITS: dict[str, Callable[[Pen], None]] = {
    fruit.__name__: fruit
    for fruit in (apple, banana, cherry, grape, kiwi, lemon, orange, pear, pineapple, strawberry, watermelon)
}


def _bump(value: Grid, width: float) -> Grid:
    return np.asarray(np.exp(-((value / width) ** 2)))


def _fall(value: Grid, edge: float, softness: float) -> Grid:
    """1 well below `edge`, 0 well above it."""
    return np.asarray(np.clip((edge - value) / softness + 0.5, 0, 1))


def _pitted(pen: Pen, colour: Colour, depth: float) -> Grid:
    pits = clouds(pen.rng, pen.side, pen.side, (70, 70))
    return np.clip(np.asarray(colour, np.float32) * (1 - depth + depth * 2 * pits[..., None]), 0, 1)
