"""Draw on a square in the fruit's own coordinates: x right, y up, the fruit within -1..1, lit like a solid body."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Grid = npt.NDArray[Any]
"""Floats (side, side); mostly float32."""
Colour = tuple[float, float, float]
"""Red, green, blue; each 0..1."""
Paint = Colour | npt.NDArray[Any]
"""One colour, or one for each pixel: floats (side, side, 3)."""
Point = tuple[float, float]

_AMBIENT = 0.42


class Pen:
    """Collects strokes on a transparent square: `rgb` float32 (side, side, 3) 0..1, `alpha` float32 (side, side)."""

    def __init__(self, side: int, rng: np.random.Generator, turn: float = 0.0, scale: float = 1.0) -> None:
        self.rng = rng
        self.side = side
        axis = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1) / scale
        right, up = np.meshgrid(axis, -axis)
        self.x: Grid = right * np.cos(turn) + up * np.sin(turn)
        self.y: Grid = up * np.cos(turn) - right * np.sin(turn)
        self.pixel = 2 / (side * scale)
        self.rgb = np.zeros((side, side, 3), np.float32)
        self.alpha: Grid = np.zeros((side, side), np.float32)
        light = np.array([rng.uniform(-0.7, -0.2), rng.uniform(0.4, 0.8), 0.9])
        self._light = (light / np.linalg.norm(light)).astype(np.float32)

    def put(self, paint: Paint, cover: Grid) -> None:
        """Lay a paint over what is there, as thick as `cover` says (0..1)."""
        rgb = np.asarray(paint, np.float32)
        self.rgb += (rgb - self.rgb) * cover[..., None]
        self.alpha = np.maximum(self.alpha, cover)

    def solid(self, height: Grid, paint: Paint, gloss: float = 0.3, inside: Grid | None = None) -> None:
        """Lay a body whose surface stands `height` above the table (0 outside): Lambert's light and a highlight."""
        down, right = np.gradient(height, self.pixel)
        normal = np.stack([-right, down, np.ones_like(height)], axis=-1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        facing = np.clip(normal @ self._light, 0, 1)
        half = self._light + np.array([0, 0, 1], np.float32)
        shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 40
        lit = np.asarray(paint, np.float32) * (_AMBIENT + (1.15 - _AMBIENT) * facing)[..., None]
        self.put(np.clip(lit + gloss * shine[..., None], 0, 1), self.cover(height if inside is None else inside))

    def ball(self, centre: Point, radius: float, paint: Paint, gloss: float = 0.4) -> None:
        """Lay a ball."""
        square = radius**2 - (self.x - centre[0]) ** 2 - (self.y - centre[1]) ** 2
        self.solid(np.sqrt(np.clip(square, 0, None)), paint, gloss, square / (2 * radius))

    def turned(self, half_width: Grid, paint: Paint, gloss: float = 0.3) -> None:
        """Lay a body turned on a lathe: `half_width` at each pixel's y, 0 above and below it."""
        square = half_width**2 - self.x**2
        self.solid(
            np.sqrt(np.clip(square, 0, None)), paint, gloss, np.where(half_width > 0, half_width - np.abs(self.x), -1)
        )

    def stroke(self, start: Point, end: Point, width: float, paint: Paint) -> None:
        """Lay a line with round ends."""
        along, aside = self._beside(start, end)
        length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        beyond = np.maximum(np.maximum(-along, along - length), 0)
        self.put(paint, self.cover(width / 2 - np.hypot(aside, beyond)))

    def leaf(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """Lay a leaf with a lighter midrib."""
        along, aside = self._beside(start, end)
        length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        part = np.clip(along / length, 0, 1)
        half = width / 2 * np.sin(np.pi * part**0.8)
        rib = np.exp(-((aside / (0.12 * width)) ** 2))[..., None] * 0.25
        self.put(
            np.asarray(colour, np.float32) * (0.85 + rib),
            self.cover(np.where(half > 1e-3 * width, half - np.abs(aside), -1)),
        )

    def spots(self, centres: npt.NDArray[np.float64], radius: float, paint: Paint, stretch: float = 1.0) -> None:
        """Lay small spots at (n, 2) centres; `stretch` is their height over their width."""
        for across, up in centres:
            apart = np.hypot(self.x - across, (self.y - up) / stretch)
            self.put(paint, self.cover(radius - apart))

    def cover(self, inside: Grid) -> Grid:
        """Turn a distance from the edge (positive inside) into a soft-edged cover of 0..1."""
        return np.asarray(np.clip(inside / self.pixel + 0.5, 0, 1), np.float32)

    def _beside(self, start: Point, end: Point) -> tuple[Grid, Grid]:
        """Distances along the line from `start`, and aside from it."""
        across, up = end[0] - start[0], end[1] - start[1]
        length = float(np.hypot(across, up))
        right, above = self.x - start[0], self.y - start[1]
        return (right * across + above * up) / length, (above * across - right * up) / length


def clouds(rng: np.random.Generator, height: int, width: int, cells: tuple[int, int]) -> Grid:
    """Return smooth noise, float32 (height, width) of 0..1: `cells` random values (down, across), blown up."""
    seeds = Image.fromarray(rng.random(cells, dtype=np.float32))
    return np.asarray(np.clip(np.asarray(seeds.resize((width, height), Image.Resampling.BICUBIC)), 0, 1))


def mix(first: Paint, second: Paint, share: Grid) -> npt.NDArray[np.float32]:
    """Return `first` where `share` is 0 and `second` where it is 1."""
    one, other = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return np.asarray(one + (other - one) * np.clip(share, 0, 1)[..., None], np.float32)
