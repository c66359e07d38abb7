"""Samples: photos with all that real uploads bring along, made from the carried ones.

Sample number n of a seed depends on the two and on nothing else, so a larger set begins with the smaller one.
Sizes run from 100 x 100 to 12 MP; five formats; EXIF orientations and (invented) places; broken files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from contracts.photos.rejections import Rejection
from infra.samples.broken import BREAKAGES
from infra.samples.carried import carried
from infra.samples.encoding import ENDINGS, camera_notes, encoded
from infra.samples.picture import picture

_SMALL, _LARGE = ((100, 100), (160, 160), (224, 224), (348, 348), (400, 300), (300, 400), (640, 480)), (4000, 3000)
_MIDDLE = ((1024, 768), (768, 1024), (1600, 1200))
_LARGE_EVERY, _MIDDLE_EVERY, _BROKEN_EVERY = 150, 20, 31
"""Few of the large and the broken ones, but the same share in every set."""
_HEIF_EVERY, _AVIF_EVERY = 12, 36
"""The twelfth photo is HEIF; of these the third is AVIF, and the others are HEIC."""
_FORMATS, _SHARES = ("jpeg", "png", "webp"), (0.80, 0.10, 0.10)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file: its bytes, its label, its name, and the rejection to expect (None: features)."""

    data: bytes
    label: str
    name: str
    expected: Rejection | None


def sample(number: int, seed: int) -> Sample:
    """Make sample `number` (from 0) of a seed."""
    rng = np.random.default_rng([seed, number])
    label = _label(number)
    if number % _BROKEN_EVERY == _BROKEN_EVERY - 1:
        breakage = BREAKAGES[number // _BROKEN_EVERY % len(BREAKAGES)]
        sound = encoded(picture(label, _SMALL[2], rng), "jpeg", 1, Image.Exif())
        return Sample(breakage.breaks(sound), label, f"{number:05d}-{breakage.name}.jpg", breakage.expected)
    size = _size(number, rng)
    kind = _format(number, size, rng)
    orientation = int(rng.integers(1, 9)) if rng.random() < 0.3 else 1
    data = encoded(picture(label, size, rng), kind, orientation, camera_notes(orientation, rng))
    return Sample(data, label, f"{number:05d}.{ENDINGS[kind]}", None)


def write_samples(folder: Path, count: int, seed: int) -> Iterator[Sample]:
    """Write `count` samples to `folder/<label>/<name>`, yielding each as soon as it is written."""
    for number in range(count):
        made = sample(number, seed)
        path = folder / made.label / made.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.data)
        yield made


def write_broken(folder: Path) -> list[Path]:
    """Write a file of each damage to `folder/<label>/<damage>.jpg`, each of another label; return their paths."""
    paths = []
    for breakage, (label, files) in zip(BREAKAGES, carried().items(), strict=False):
        path = folder / label / f"{breakage.name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(breakage.breaks(files[0].read_bytes()))
        paths.append(path)
    return paths


def _label(number: int) -> str:
    """Each label in turn; each round starts one label later, so what is rare is not always the same label."""
    labels = tuple(carried())
    return labels[(number + number // len(labels)) % len(labels)]


def _size(number: int, rng: np.random.Generator) -> tuple[int, int]:
    if number % _LARGE_EVERY == _LARGE_EVERY - 1:
        return _LARGE
    sizes = _MIDDLE if number % _MIDDLE_EVERY == _MIDDLE_EVERY - 1 else _SMALL
    width, height = sizes[rng.integers(len(sizes))]
    return width, height


def _format(number: int, size: tuple[int, int], rng: np.random.Generator) -> str:
    if size == _LARGE:
        return "jpeg"  # what such a camera writes
    if number % _AVIF_EVERY == _AVIF_EVERY - 1:
        return "avif"
    return "heic" if number % _HEIF_EVERY == _HEIF_EVERY - 1 else str(rng.choice(_FORMATS, p=_SHARES))
