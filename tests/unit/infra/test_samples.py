import io
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contracts.photos.rejections import Rejection
from infra.samples.broken import BREAKAGES
from infra.samples.carried import carried
from infra.samples.encoding import GPS, ORIENTATION, encoded
from infra.samples.make import Sample, sample, write_broken, write_samples
from infra.samples.picture import picture
from spark_app.photos.images import Decoded, Rejected, decode

SEED = 3


@pytest.fixture(scope="module")
def some() -> list[Sample]:
    """The first 100 samples of a seed."""
    return [sample(number, SEED) for number in range(100)]


def test_the_same_seed_gives_the_same_bytes_and_a_larger_set_begins_with_the_smaller(
    tmp_path: Path, some: list[Sample]
) -> None:
    written = list(write_samples(tmp_path, 24, SEED))
    assert written == some[:24]
    for made in written:
        assert (tmp_path / made.label / made.name).read_bytes() == made.data


def test_another_seed_gives_other_photos(some: list[Sample]) -> None:
    assert not {made.data for made in some if made.data} & {sample(number, SEED + 1).data for number in range(12)}


def test_every_sample_gets_the_outcome_that_it_was_made_for(some: list[Sample]) -> None:
    for made in some:
        answer = decode(made.data, 64)
        assert (answer.code if isinstance(answer, Rejected) else None) == made.expected, made.name


def test_each_breakage_gets_its_rejection_whatever_the_photo(some: list[Sample]) -> None:
    sound = next(made.data for made in some if made.name.endswith("jpg") and made.expected is None)
    assert isinstance(decode(sound, 64), Decoded)
    for breakage in BREAKAGES:
        answer = decode(breakage.breaks(sound), 64)
        assert isinstance(answer, Rejected)
        assert answer.code is breakage.expected, breakage.name


def test_the_broken_files_are_one_of_each_damage_and_get_their_rejections(tmp_path: Path) -> None:
    answers = [decode(path.read_bytes(), 64) for path in write_broken(tmp_path)]
    assert [isinstance(answer, Rejected) and answer.code for answer in answers] == [one.expected for one in BREAKAGES]


def test_a_set_holds_all_that_real_uploads_bring_along(some: list[Sample]) -> None:
    assert {made.label for made in some} == set(carried())
    assert {made.name.rpartition(".")[2] for made in some} == {"jpg", "png", "webp", "heic", "avif"}
    exifs = [
        Image.open(io.BytesIO(made.data)).getexif()
        for made in some
        if made.expected is None and not made.name.endswith(("heic", "avif"))
    ]
    assert len({exif.get(ORIENTATION) for exif in exifs}) >= 6
    assert any(exif.get_ifd(GPS) for exif in exifs)


def test_a_few_are_broken_in_every_way_and_not_always_the_same_fruit() -> None:
    broken = [made for made in (sample(number, SEED) for number in range(30, 310, 31)) if made.expected]
    assert len(broken) == 10
    assert {made.expected for made in broken} == {
        Rejection.EMPTY, Rejection.TRUNCATED, Rejection.UNSUPPORTED_FORMAT, Rejection.BOMB,
    }  # fmt: skip
    assert len({made.label for made in broken}) > 5


def test_every_150th_photo_has_12_megapixels() -> None:
    answer = decode(sample(149, SEED).data, 64)
    assert isinstance(answer, Decoded)
    assert {answer.width, answer.height} == {4000, 3000}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_turns_the_file_and_never_the_picture(orientation: int) -> None:
    upright = picture("Banana", (96, 64), np.random.default_rng(SEED))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = encoded(upright, "png", orientation, exif)
    answer = decode(stored, 64)
    assert isinstance(answer, Decoded)
    assert (answer.width, answer.height) == (96, 64)
    straight = decode(encoded(upright, "png", 1, Image.Exif()), 64)
    assert isinstance(straight, Decoded)
    assert np.abs(answer.pixels.astype(int) - straight.pixels).max() <= 1
    assert (np.asarray(Image.open(io.BytesIO(stored))).shape != (64, 96, 3)) == (orientation >= 5)


def test_a_picture_shows_the_photo_that_it_was_made_from_and_not_another() -> None:
    """A part of at least four fifths of a side, its exposure and its noise leave a 16 x 16 thumbnail recognisable."""

    def thumbnail(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.asarray(image.resize((16, 16), Image.Resampling.BOX), np.float32)

    known = {
        label: [thumbnail(Image.open(file).convert("RGB")) for file in files] for label, files in carried().items()
    }
    for label in carried():
        seen = thumbnail(picture(label, (224, 224), np.random.default_rng(2)))
        distance = {name: min(float(np.abs(seen - one).mean()) for one in photos) for name, photos in known.items()}
        assert label in sorted(distance, key=distance.__getitem__)[:3]


def test_labels_come_in_turn_so_that_every_set_is_even() -> None:
    counts = Counter(sample(number, SEED).label for number in range(60))
    assert set(counts.values()) == {2}
    assert len(counts) == 30
    assert all(first != second for first, second in pairwise(sample(n, SEED).label for n in range(28, 32)))
