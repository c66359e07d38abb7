"""ICC profiles written from published numbers: what phones, cameras and editors embed, without their files.

Sources: Display P3, Apple (DCI-P3 primaries of SMPTE RP 431-2 over D65, the curve of IEC 61966-2-1); Adobe RGB (1998)
Color Image Encoding, version 2005-05, 4.3.1; ROMM RGB ("ProPhoto"), ISO 22028-2 (whose viewers' profiles have a plain
1.8); BT.2020, ITU-R BT.2020-2, table 3; layout and tag types, ICC.1:2022, and ICC.1:2001-04 for version 2.
"""

import io
import struct
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageCms

from spark_app.photos.colour import Pixels, srgb_light, to_xyz

D65 = (0.3127, 0.3290)
SRGB = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
DISPLAY_P3 = (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
ADOBE_RGB = (*D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
PROPHOTO = (0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)
COLORANTS = {  # as the standards and their profiles print them, over D50
    "Display P3": (0.51512, 0.29198, 0.1571, 0.2412, 0.69225, 0.06657, -0.00105, 0.04189, 0.78407),
    "Adobe RGB": (0.60974, 0.20528, 0.14919, 0.31111, 0.62567, 0.06322, 0.01947, 0.06087, 0.74457),
    "ProPhoto RGB": (0.7977, 0.1352, 0.0313, 0.2880, 0.7119, 0.0001, 0.0, 0.0, 0.8249),
}


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(65536 * value) for value in values))


def gamma(exponent: float) -> bytes:
    """Write a curve of one exponent, which has 8 bits behind the point."""
    return b"curv" + struct.pack(">IIH", 0, 1, round(256 * exponent))


def table(points: Sequence[float]) -> bytes:
    """Write a curve by its points, 0 to 1."""
    return b"curv" + struct.pack(f">II{len(points)}H", 0, len(points), *(round(65535 * point) for point in points))


def parametric(function: int, *parameters: float) -> bytes:
    """Write a curve by its formula."""
    return b"para" + struct.pack(">IHH", 0, function, 0) + _fixed(*parameters)


SRGB_CURVE = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_POINTS = table(srgb_light(np.linspace(0, 1, 1024)).tolist())


def xyz(*values: float) -> bytes:
    """Write a colour."""
    return b"XYZ " + bytes(4) + _fixed(*values)


def profile(tags: Mapping[bytes, bytes], space: bytes = b"RGB ", version: int = 4, kind: bytes = b"mntr") -> bytes:
    """Write a profile: header, table of tags, tags."""
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78)  # version 2 asks for one, 6.5.17
    name = text if version == 2 else b"mluc" + struct.pack(">III2s2sII", 0, 1, 12, b"en", b"US", 2, 28) + b"\0x"
    whole = {b"desc": name, b"wtpt": xyz(0.9642, 1.0, 0.8249), **tags}
    entries, body, begin = b"", b"", 128 + 4 + 12 * len(whole)
    for tag, data in whole.items():
        entries += struct.pack(">4sII", tag, begin + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", begin + len(body), b"none", version << 24, kind, space, b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _fixed(0.9642, 1.0, 0.8249) + bytes(48)
    return header + struct.pack(">I", len(whole)) + entries + body


def rgb(chromaticities: Sequence[float], curve: bytes, version: int = 4) -> bytes:
    """Write a profile of three primaries and one curve."""
    columns = to_xyz(chromaticities).T
    tags = {name: xyz(*column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.tolist(), strict=True)}
    return profile({**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}, version=version)


def grey(curve: bytes, version: int = 4) -> bytes:
    """Write a profile of grey pictures."""
    return profile({b"kTRC": curve}, b"GRAY", version)


BT2020 = (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
PROFILES = {
    "BT.2020": rgb(BT2020, SRGB_CURVE),
    "Display P3": rgb(DISPLAY_P3, SRGB_CURVE),
    "Display P3, version 2": rgb(DISPLAY_P3, SRGB_POINTS, version=2),
    "Adobe RGB": rgb(ADOBE_RGB, gamma(2.19921875), version=2),
    "ProPhoto RGB": rgb(PROPHOTO, gamma(1.8), version=2),
    "ROMM RGB": rgb(PROPHOTO, parametric(3, 1.8, 1.0, 0.0, 1 / 16, 1 / 32)),
    "sRGB primaries, gamma 1.8": rgb(SRGB, parametric(0, 1.8)),
}
"""Spaces that are not sRGB."""
SRGBS = {
    "sRGB": rgb(SRGB, SRGB_CURVE),
    "sRGB, version 2": rgb(SRGB, SRGB_POINTS, version=2),
    "sRGB, few points": rgb(SRGB, table(srgb_light(np.linspace(0, 1, 64)).tolist()), version=2),
    "sRGB by formula 4": rgb(SRGB, parametric(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0.0, 0.0)),
}
"""The one space in several spellings."""


def littlecms(pixels: Pixels, profile: bytes) -> Pixels:
    """Convert by a colour engine that photographers use."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = "L" if profile[16:20] == b"GRAY" else "RGB"
    image = Image.fromarray(pixels).convert(mode)
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), intent, outputMode="RGB")
    if found is None:
        raise ValueError("LittleCMS gave no picture")
    return np.asarray(found)


def apart(left: Pixels, right: Pixels) -> int:
    """Return how many codes two pictures are apart where they differ most."""
    return int(np.abs(left.astype(int) - right).max())
