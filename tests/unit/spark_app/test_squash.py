"""What stands in the place of Pillow's resize where a decoder has scaled: whole numbers, and no blur of the scale's."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from spark_app.photos import squash as module
from spark_app.photos.squash import squash

SIZE = 224
SHAPES = [((378, 504, 3), 8), ((336, 336, 3), 4), ((348, 2_000), 2), ((224, 224, 3), 1)]


def noise(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)


def weights(length: int, size: int, scale: int, unit: int) -> Any:
    return module._whole(module._of_averages(module._bicubic(length, size), scale), unit).astype(np.int64)


def by_integers(pixels: Any, size: int, scale: int) -> Any:
    """The same sums in 64-bit integers."""
    height, width = pixels.shape[:2]
    down, over = weights(height, size, scale, module._DOWN), weights(width, size, scale, module._ACROSS)
    rows = np.tensordot(down, pixels.astype(np.int64), 1)
    between = np.rint(rows * module._BETWEEN / module._DOWN).astype(np.int64)
    whole = np.moveaxis(np.tensordot(over, between, (1, 1)), 0, 1)
    return np.rint(whole / (module._BETWEEN * module._ACROSS)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("shape", "scale"), SHAPES)
@pytest.mark.parametrize("make", [noise, lambda shape: 255 * (noise(shape) > 127).astype(np.uint8)])
def test_the_sums_are_those_of_integers_to_the_bit(make: Any, shape: tuple[int, ...], scale: int) -> None:
    pixels = make(shape)

    assert np.array_equal(squash(pixels, SIZE, scale), by_integers(pixels, SIZE, scale))


def test_no_sum_of_any_picture_reaches_what_float32_holds_exactly() -> None:
    for length in range(SIZE, 4 * SIZE, 61):
        for scale in (2, 4, 8):
            largest = np.abs(weights(length, SIZE, scale, 2_048)).sum(axis=1).max() / 2_048
            first, second = 255 * module._DOWN * largest, 255 * module._BETWEEN * largest * module._ACROSS * largest
            assert max(first, second) < 2**24


@pytest.mark.parametrize("code", [0, 1, 128, 254, 255])
def test_a_flat_colour_stays_what_it_is(code: int) -> None:
    assert (squash(np.full((400, 610, 3), code, np.uint8), SIZE, 8) == code).all()


def large() -> Image.Image:
    """Rings that lie the closer the farther out, until one is hardly wider than two of the wanted pixels."""
    down, across = np.mgrid[0:1_812, 0:2_416]
    rings = np.cos((down**2 / 1_812 + across**2 / 2_416) * np.pi / 24)
    return Image.fromarray((127.5 + 127.5 * rings).astype(np.uint8)).convert("RGB")


def apart(pixels: Any, others: Any) -> float:
    return float(np.sqrt(np.mean((pixels.astype(float) - others) ** 2)))


def test_averages_of_a_picture_give_what_all_its_pixels_give() -> None:
    whole = large()
    wanted = np.asarray(whole.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
    averages = whole.reduce(4)

    by_pillow = np.asarray(averages.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
    ours = apart(squash(np.asarray(averages), SIZE, 4), wanted)

    assert ours < apart(by_pillow, wanted) / 3
    assert ours < 0.6


def test_red_twin_without_their_own_weights_averages_are_blurred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_of_averages", lambda weights, _scale: weights)
    module._blocks.cache_clear()
    try:
        with pytest.raises(AssertionError):
            test_averages_of_a_picture_give_what_all_its_pixels_give()
    finally:
        module._blocks.cache_clear()


@pytest.mark.parametrize("shape", [(200, 300, 3), (300, 2_049, 3)])
def test_a_side_that_is_too_short_or_too_long_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="each side must have 224 to 2048"):
        squash(noise(shape), SIZE, 2)
