"""Photos as a phone writes them, made of small real ones: 12 MP and 3 MP, JPEG and HEIC, the same bytes each time.

A part of a photo is enlarged to the size of a sensor and gets grain, which is what most bytes of a phone's photo hold.
All are upright and sRGB: peers turn no photo, and convert no colours.
"""

import io
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

from infra.samples.carried import PHOTOS as CARRIED

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TWELVE = (4_032, 3_024)
GRAIN = 6.0
"""Standard deviation in codes (of 255) that makes a JPEG of 12 MP as large as a phone's: 2.6 MB."""
_TILE = 1_024
"""Grain is one square, repeated from a place of its own in each photo: 12 MP of new noise would cost a second."""
_LEAST_SHARE = 0.8  # of the largest part with a sensor's proportions, along each side


def street_photos(data: Path = DATA) -> list[Path]:
    """Return real photos of shops to make phone photos of: all in `data` where it is, or those that are carried."""
    folder = data / "street"
    paths = sorted((folder if folder.is_dir() else CARRIED / "street").glob("*/*.jpg"))
    random.Random(0).shuffle(paths)
    return paths


def scene(paths: Sequence[Path], number: int) -> Image.Image:
    """Return RGB scene `number` as a sensor of 12 MP sees it. It depends on `paths` and the number alone."""
    chance = np.random.default_rng(number)
    width, height = TWELVE
    with Image.open(paths[number % len(paths)]) as photo:
        share = min(photo.width / width, photo.height / height) * chance.uniform(_LEAST_SHARE, 1.0)
        left = chance.uniform(0, photo.width - width * share)
        upper = chance.uniform(0, photo.height - height * share)
        part = (left, upper, left + width * share, upper + height * share)
        whole = photo.convert("RGB").resize(TWELVE, Image.Resampling.LANCZOS, part)
    down, right = chance.integers(_TILE, size=2)
    grain = np.tile(np.roll(_grain(), (down, right), (0, 1)), (-(-height // _TILE), -(-width // _TILE), 1))
    return Image.fromarray((np.asarray(whole, np.int16) + grain[:height, :width]).clip(0, 255).astype(np.uint8))


@cache
def _grain() -> npt.NDArray[np.int16]:
    return np.random.default_rng(0).normal(0, GRAIN, (_TILE, _TILE, 3)).round().astype(np.int16)


def as_jpeg(image: Image.Image) -> bytes:
    """Encode as phones do: baseline, colours at half the size along both sides."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=90, subsampling="4:2:0")
    return target.getvalue()


def as_heic(image: Image.Image, quality: int = 50) -> bytes:
    """Encode as phones do: HEVC in tiles of 512 by 512, colours at half the size along both sides."""
    target = io.BytesIO()
    coded = pillow_heif.from_pillow(image)
    coded.save(target, quality=quality, chroma=420, tile_size=512, enc_params={"preset": "ultrafast"})
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a phone writes, or what an app sends in its place: the same scene, made smaller. `size` is across, down."""

    title: str
    size: tuple[int, int]
    encode: Callable[[Image.Image], bytes]
    ending: str

    def encoded(self, whole: Image.Image) -> bytes:
        """Return a scene as a file's bytes."""
        smaller = whole if whole.size == self.size else whole.resize(self.size, Image.Resampling.LANCZOS)
        return self.encode(smaller)


KINDS: Mapping[str, Kind] = {
    "12mp": Kind("12 MP JPEG", TWELVE, as_jpeg, "jpg"),
    "3mp": Kind("3 MP JPEG", (2_016, 1_512), as_jpeg, "jpg"),
    "1mp": Kind("1 MP JPEG", (1_152, 864), as_jpeg, "jpg"),
    "heic": Kind("12 MP HEIC", TWELVE, as_heic, "heic"),
    "heic-coarse": Kind("12 MP HEIC, coarser", TWELVE, partial(as_heic, quality=40), "heic"),
    "heic-3mp": Kind("3 MP HEIC", (2_016, 1_512), as_heic, "heic"),
}


def write_photos(folder: Path, kind: str, count: int, paths: Sequence[Path]) -> Iterator[Path]:
    """Write photos 0 to `count` - 1 to `folder/<label>/<number>.<ending>`, those that are missing; yield each path."""
    for number in range(count):
        label = paths[number % len(paths)].parent.name
        path = folder / label / f"{number:04}.{KINDS[kind].ending}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")  # a run that is ended leaves no half photo
            part.write_bytes(KINDS[kind].encoded(scene(paths, number)))
            part.replace(path)
        yield path
