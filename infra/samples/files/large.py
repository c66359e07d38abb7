"""Large JPEGs made of small real photos: what a phone sends at full size, where only small photos are at hand."""

import io
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

TILE = 348  # what most photos at hand measure


def enlarged(paths: Sequence[Path], number: int, times: int, grain: int = 0) -> bytes:
    """Enlarge a photo: smooth as a phone photo, or with the grain of a sensor (standard deviation, of 255)."""
    photo = Image.open(paths[number]).convert("RGB")
    whole = photo.resize((photo.width * times, photo.height * times), Image.Resampling.LANCZOS)
    if grain:
        noise = np.random.default_rng(number).normal(0, grain, (whole.height, whole.width, 3))
        whole = Image.fromarray((np.asarray(whole) + noise).clip(0, 255).astype(np.uint8))
    return _jpeg(whole)


def side_by_side(paths: Sequence[Path], number: int, side: int) -> bytes:
    """Lay `side` x `side` photos side by side: each pixel is a camera's, so it is as sharp as a picture can be."""
    whole = Image.new("RGB", (TILE * side, TILE * side))
    for place, path in enumerate(random.Random(number).sample(paths, side**2)):
        whole.paste(Image.open(path).convert("RGB").resize((TILE, TILE)), (place % side * TILE, place // side * TILE))
    return _jpeg(whole)


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=92)
    return target.getvalue()


Make = Callable[[Sequence[Path], int], bytes]
KINDS: Mapping[str, Make] = {
    "enlarged-4": partial(enlarged, times=4),
    "enlarged-8": partial(enlarged, times=8),
    "grainy-8": partial(enlarged, times=8, grain=8),
    "side-by-side-16": partial(side_by_side, side=4),
    "side-by-side-64": partial(side_by_side, side=8),
}
"""Makers by name. Of 348 pixels, 4 times is decoded at 1/2 and 8 times at 1/4, both to 696, and 672 are wanted."""
