import io
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contracts.photos.rejections import Rejection
from infra.demo.paint.broken import BREAKAGES
from infra.demo.paint.fruits import FRUITS
from infra.demo.paint.painter import Painted, encoded, paint, paint_folder
from infra.demo.paint.pen import Pen
from infra.demo.paint.scene import scene
from spark_app.photos.images import Decoded, Rejected, decode

SEED = 3
_ORIENTATION, _GPS = 0x0112, 0x8825


@pytest.fixture(scope="module")
def some() -> list[Painted]:
    """The first 100 photos of a seed."""
    return [paint(number, SEED) for number in range(100)]


def test_the_same_seed_gives_the_same_bytes_and_a_larger_set_begins_with_the_smaller(
    tmp_path: Path, some: list[Painted]
) -> None:
    painted = list(paint_folder(tmp_path, 24, SEED))
    assert painted == some[:24]
    for photo in painted:
        assert (tmp_path / photo.label / photo.name).read_bytes() == photo.data


def test_another_seed_gives_other_photos(some: list[Painted]) -> None:
    assert not {photo.data for photo in some if photo.data} & {paint(number, SEED + 1).data for number in range(12)}


def test_every_photo_gets_the_outcome_that_it_was_painted_for(some: list[Painted]) -> None:
    for photo in some:
        answer = decode(photo.data, 64)
        assert (answer.code if isinstance(answer, Rejected) else None) == photo.expected, photo.name


def test_each_breakage_gets_its_rejection_whatever_the_photo(some: list[Painted]) -> None:
    sound = next(photo.data for photo in some if photo.name.endswith("jpg") and photo.expected is None)
    assert isinstance(decode(sound, 64), Decoded)
    for breakage in BREAKAGES:
        answer = decode(breakage.breaks(sound), 64)
        assert isinstance(answer, Rejected)
        assert answer.code is breakage.expected, breakage.name


def test_a_set_holds_all_that_real_uploads_bring_along(some: list[Painted]) -> None:
    assert {photo.label for photo in some} == set(FRUITS)
    assert {photo.name.rpartition(".")[2] for photo in some} == {"jpg", "png", "webp", "heic"}
    exifs = [
        Image.open(io.BytesIO(photo.data)).getexif()
        for photo in some
        if photo.expected is None and not photo.name.endswith("heic")
    ]
    assert len({exif.get(_ORIENTATION) for exif in exifs}) >= 6
    assert any(exif.get_ifd(_GPS) for exif in exifs)


def test_a_few_are_broken_in_every_way_and_not_always_the_same_fruit() -> None:
    broken = [photo for photo in (paint(number, SEED) for number in range(30, 310, 31)) if photo.expected]
    assert len(broken) == 10
    assert {photo.expected for photo in broken} == {
        Rejection.EMPTY, Rejection.TRUNCATED, Rejection.UNSUPPORTED_FORMAT, Rejection.BOMB,
    }  # fmt: skip
    assert len({photo.label for photo in broken}) > 5


def test_every_150th_photo_has_12_megapixels() -> None:
    answer = decode(paint(149, SEED).data, 64)
    assert isinstance(answer, Decoded)
    assert {answer.width, answer.height} == {4000, 3000}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_turns_the_file_and_never_the_picture(orientation: int) -> None:
    upright = scene("banana", (96, 64), np.random.default_rng(SEED))
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    stored = encoded(upright, "png", orientation, exif)
    answer = decode(stored, 64)
    assert isinstance(answer, Decoded)
    assert (answer.width, answer.height) == (96, 64)
    straight = decode(encoded(upright, "png", 1, Image.Exif()), 64)
    assert isinstance(straight, Decoded)
    assert np.abs(answer.pixels.astype(int) - straight.pixels).max() <= 1
    assert (np.asarray(Image.open(io.BytesIO(stored))).shape != (64, 96, 3)) == (orientation >= 5)


def test_the_fruits_differ_from_each_other_more_than_from_themselves() -> None:
    """A child tells them apart by colour and shape; so does the nearest neighbour of a 16 x 16 thumbnail."""

    def thumbnail(fruit: str, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        pen = Pen(96, np.random.default_rng(seed))
        FRUITS[fruit](pen)
        seen = pen.rgb * pen.alpha[..., None] + 1 - pen.alpha[..., None]
        return np.asarray(seen.reshape(16, 6, 16, 6, 3).mean(axis=(1, 3)))

    known = {fruit: thumbnail(fruit, 1) for fruit in FRUITS}
    for fruit in FRUITS:
        seen = thumbnail(fruit, 2)
        distance = {name: float(np.abs(seen - other).mean()) for name, other in known.items()}
        assert min(distance, key=distance.__getitem__) == fruit


def test_labels_come_in_turn_so_that_every_set_is_even() -> None:
    counts = Counter(paint_label for paint_label in (paint(n, SEED).label for n in range(22)))
    assert set(counts.values()) == {2}
    assert all(first != second for first, second in pairwise(paint(n, SEED).label for n in range(4)))
