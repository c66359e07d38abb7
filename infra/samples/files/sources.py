"""Pictures painted by code, and their encodings: the raw material of every test in this folder."""

import io
from functools import cache
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image


@cache
def picture(width: int = 160, height: int = 120) -> Image.Image:
    """Paint a round fruit on a plain table, off centre, so that no turn or mirror looks like another."""
    y, x = np.mgrid[0:height, 0:width]
    fruit = (x - 0.35 * width) ** 2 + (y - 0.4 * height) ** 2 < (0.3 * height) ** 2
    shade = (255 * x / width).astype(np.uint8)
    pixels = np.stack([np.where(fruit, 220, 90), np.where(fruit, shade, 120), np.where(fruit, 30, 255 - shade)], axis=2)
    grain = np.random.default_rng(width * height).integers(-8, 9, pixels.shape)
    return Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    """Encode with Pillow."""
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


def heic(image: Image.Image, **options: Any) -> bytes:
    """Encode as HEIC, without registering the format with Pillow."""
    target = io.BytesIO()
    pillow_heif.from_pillow(image).save(target, **{"quality": 60, "enc_params": {"preset": "ultrafast"}, **options})
    return target.getvalue()
