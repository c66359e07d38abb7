"""Squash a picture that its decoder has scaled: bicubic, as sharp as the whole one, the same bits on every machine.

A JPEG decoded at 1/k holds the averages of k x k pixels. That blurs, and rounding to 8 bits after each step of a resize
adds noise: the network feels both. So averages are turned into the values in their centres, as in a finite volume
method, and between the two steps sixteenths are kept. What the decoder itself rounds cannot be given back: it takes
several averages for each result (`benchmarks/photos/scaling.py`).

All sums are of whole numbers below 2**24, which float32 holds exactly: in whatever order a BLAS adds them, the result
is the same.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

LONGEST = 2_048
"""The most pixels of a side: weights grow with it, and are remembered."""

Floats = npt.NDArray[np.float32]

_BLOCK = 8
"""Results that share one product, on each side: more of them need more pixels that most have no weight for."""
_DOWN, _ACROSS = 4_096, 2_048
"""What the weights of the two steps are whole multiples of: 1/4096 and 1/2048."""
_BETWEEN = 16
"""Steps of a code of 255 that are kept between the two. 255 * 16 * 2048, and half of that for lobes, is below 2**24."""


@dataclass(frozen=True, slots=True)
class _Block:
    """`weights @ pixels[begin:end]` are some neighbouring results."""

    begin: int
    end: int
    weights: Floats


def squash(pixels: npt.NDArray[np.uint8], size: int, scale: int) -> npt.NDArray[np.uint8]:
    """Return pixels that a decoder made at 1/`scale`, squashed to `(size, size)`.

    Takes `(height, width, 3)` uint8, or `(height, width)` of a grey picture, and returns as many axes. Raises
    ValueError where a side is below `size` or above `LONGEST`.
    """
    height, width, *more = pixels.shape
    channels = more[0] if more else 1
    if min(height, width) < size or max(height, width) > LONGEST:
        raise ValueError(f"{width} x {height} pixels, where each side must have {size} to {LONGEST}")
    codes = pixels.reshape(height, width * channels)
    down = _blocks(height, size, scale, _DOWN, 1)
    rows = np.concatenate([block.weights @ codes[block.begin : block.end].astype(np.float32) for block in down])
    np.rint(rows * np.float32(_BETWEEN / _DOWN), out=rows)
    across = _blocks(width, size, scale, _ACROSS, channels)
    whole = np.concatenate([rows[:, block.begin : block.end] @ block.weights.T for block in across], axis=1)
    whole *= np.float32(1 / (_BETWEEN * _ACROSS))
    return np.asarray(np.rint(whole).clip(0, 255).reshape(size, size, *more), np.uint8)


@lru_cache(maxsize=32)  # of at most 1 MB each
def _blocks(length: int, size: int, scale: int, unit: int, channels: int) -> tuple[_Block, ...]:
    """Return the weights that turn `length` averages into `size` results, in whole multiples of 1/`unit`."""
    weights = _whole(_of_averages(_bicubic(length, size), scale), unit)
    blocks = []
    for first in range(0, size, _BLOCK):
        some = weights[first : first + _BLOCK]
        (used,) = np.nonzero(some.any(axis=0))
        begin, end = int(used[0]), int(used[-1]) + 1
        spread = np.kron(some[:, begin:end], np.eye(channels)).astype(np.float32)
        blocks.append(_Block(begin * channels, end * channels, spread))
    return tuple(blocks)


def _bicubic(length: int, size: int) -> npt.NDArray[np.float64]:
    """Return the weights `(size, length)` of Pillow's bicubic resize: Keys' kernel (1981), a = -1/2, stretched."""
    stretch = length / size
    centres = (np.arange(size) + 0.5) * stretch
    away = np.abs((np.arange(length) + 0.5 - centres[:, None]) / stretch)
    near, far = (1.5 * away - 2.5) * away**2 + 1, ((-0.5 * away + 2.5) * away - 4) * away + 2
    weights = np.where(away < 1, near, np.where(away < 2, far, 0))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _of_averages(weights: npt.NDArray[np.float64], scale: int) -> npt.NDArray[np.float64]:
    """Return the weights of averages of `scale` pixels that do what `weights` do with the values in their centres.

    To fourth order an average is its centre's value and 1/24 of the second difference (Taylor); of pixels, which are
    averages themselves, 1 - 1/scale**2 of that. Beyond the picture's edge lies what lies at it.
    """
    beside = np.pad(weights, ((0, 0), (1, 1)), "edge")
    return np.asarray(weights - (1 - 1 / scale**2) / 24 * (beside[:, :-2] - 2 * weights + beside[:, 2:]))


def _whole(weights: npt.NDArray[np.float64], unit: int) -> npt.NDArray[np.float64]:
    """Round weights to whole numbers whose sum is `unit` in each row, so that a flat colour stays what it is."""
    rounded = np.rint(weights * unit)
    rows = np.arange(len(rounded))
    rounded[rows, rounded.argmax(axis=1)] += unit - rounded.sum(axis=1)
    return rounded
