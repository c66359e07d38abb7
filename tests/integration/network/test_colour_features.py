"""The network does not feel how a photo's colours are converted, and does feel it when they are not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from infra.samples.colours import SPACES, as_srgb, converted_first, tagged, written
from infra.samples.files.profiles import PROFILES, SRGBS
from infra.samples.reading import PROMISED, cosine, network, ours
from spark_app.network.engine import Features, Pixels
from tests.integration.network.photos import SIZE, STREET

COUNT = 24


@pytest.fixture(scope="module")
def photos() -> list[bytes]:
    """Photos that lie evenly over the set."""
    if not STREET.is_dir():
        pytest.skip("the real photos are not beside this checkout")
    paths = sorted(STREET.glob("*/*.jpg"))
    return [paths[number * len(paths) // COUNT].read_bytes() for number in range(COUNT)]


@pytest.fixture(scope="module")
def features(artifact_folder: Path) -> Callable[[Pixels], Features]:
    return network(artifact_folder)[0]


@pytest.mark.parametrize("way", [written, tagged])
@pytest.mark.parametrize("space", SPACES)
def test_features_of_a_converted_square_are_those_of_the_photo_that_was_converted_first(
    space: str,
    way: Callable[[bytes, bytes], bytes],
    photos: list[bytes],
    features: Callable[[Pixels], Features],
) -> None:
    made = [way(data, PROFILES[space]) for data in photos]
    right = [features(converted_first(data, PROFILES[space], SIZE)) for data in made]
    assert min(cosine(a, features(ours(b, SIZE))) for a, b in zip(right, made, strict=True)) >= PROMISED
    # the red twin: read as if the profile were not there
    assert min(cosine(a, features(as_srgb(b, SIZE))) for a, b in zip(right, made, strict=True)) < 0.99


@pytest.mark.parametrize("name", SRGBS)
def test_photos_that_are_srgb_give_the_references_pixels_to_the_bit(name: str, photos: list[bytes]) -> None:
    for data in photos:
        assert np.array_equal(ours(tagged(data, SRGBS[name]), SIZE), as_srgb(data, SIZE))
