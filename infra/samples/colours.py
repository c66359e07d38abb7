"""Photos in other colour spaces, and ways to read them: as if they had no profile, or wholly by LittleCMS."""

import io

import numpy as np
from PIL import Image, ImageCms

from infra.samples.files.containers import after_soi, segment
from infra.samples.reading import Pixels

SPACES = ("Display P3", "Adobe RGB", "BT.2020", "ProPhoto RGB")
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC


def convert(image: Image.Image, source: bytes | None, target: bytes | None) -> Image.Image:
    """Convert every pixel with LittleCMS; None is sRGB."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    start, end = (ImageCms.ImageCmsProfile(io.BytesIO(one)) if one else srgb for one in (source, target))
    converted = ImageCms.profileToProfile(image, start, end, renderingIntent=INTENT, outputMode="RGB")
    if converted is None:
        raise ValueError("LittleCMS gave no picture")
    return converted


def written(data: bytes, profile: bytes) -> bytes:
    """Write the scene of a photo in another space."""
    target = io.BytesIO()
    scene = convert(Image.open(io.BytesIO(data)).convert("RGB"), None, profile)
    scene.save(target, "JPEG", quality=95, icc_profile=profile)
    return target.getvalue()


def tagged(data: bytes, profile: bytes) -> bytes:
    """Let the bytes of a photo mean another space's colours."""
    return after_soi(data, segment(0xE2, b"ICC_PROFILE\0\1\1" + profile))


def converted_first(data: bytes, profile: bytes, size: int) -> Pixels:
    """Convert the whole photo, then resize it in one step: the reference."""
    whole = convert(Image.open(io.BytesIO(data)).convert("RGB"), profile, None)
    return np.asarray(whole.resize((size, size), Image.Resampling.BICUBIC))


def as_srgb(data: bytes, size: int) -> Pixels:
    """Read a photo as if its profile were not there."""
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    return np.asarray(whole.resize((size, size), Image.Resampling.BICUBIC))
