"""What a fruit lies on: each background fills a picture, float32 (height, width, 3) of 0..1."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from infra.demo.paint.pen import clouds, mix

Picture = npt.NDArray[np.float32]


def studio(rng: np.random.Generator, height: int, width: int) -> Picture:
    """White, as in a catalogue."""
    return np.full((height, width, 3), rng.uniform(0.95, 1.0), np.float32)


def wood(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A table of boards with a grain."""
    grain = clouds(rng, height, width, (60, 4))
    board = np.arange(height) * 5 // height
    tone = (rng.uniform(0.85, 1.15, 6)[board] * np.where(np.diff(board, prepend=0) > 0, 0.5, 1))[:, None, None]
    return np.clip(mix((0.52, 0.34, 0.18), (0.78, 0.58, 0.36), grain) * tone, 0, 1).astype(np.float32)


def cloth(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A chequered tablecloth with folds."""
    square = max(height, width) // int(rng.integers(6, 10)) + 1
    down, right = np.arange(height)[:, None] // square, np.arange(width)[None, :] // square
    shade = ((down % 2) + (right % 2)).astype(np.float32) / 2
    colour = tuple(rng.uniform(0.2, 0.75, 3))
    folds = 0.85 + 0.3 * clouds(rng, height, width, (4, 4))
    return np.clip(mix((0.94, 0.94, 0.92), colour, shade) * folds[..., None], 0, 1).astype(np.float32)


def marble(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A kitchen top with grey veins."""
    veins = np.abs(clouds(rng, height, width, (5, 5)) - clouds(rng, height, width, (14, 14)) * 0.5 - 0.25)
    return mix((0.55, 0.56, 0.60), (0.93, 0.93, 0.95), (veins * 9).astype(np.float32))


def grass(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A lawn."""
    blades = clouds(rng, height, width, (24, 90)) * 0.7 + clouds(rng, height, width, (6, 6)) * 0.3
    return mix((0.10, 0.24, 0.06), (0.48, 0.66, 0.24), blades)


def shelf(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A dim shop shelf: a lit front edge and coloured boxes behind."""
    boxes = rng.uniform(0.15, 0.55, (1, 9, 3)).astype(np.float32)
    picture = np.repeat(boxes[:, np.arange(width) * 9 // width], height, axis=0)
    floor = int(height * rng.uniform(0.60, 0.75))
    picture[floor:] = (0.58, 0.56, 0.52)
    falling = np.linspace(0.55, 1.05, height, dtype=np.float32)[:, None, None]
    return np.asarray(np.clip(picture * falling, 0, 1))


BACKGROUNDS: tuple[Callable[[np.random.Generator, int, int], Picture], ...] = (
    studio, wood, cloth, marble, grass, shelf,
)  # fmt: skip
