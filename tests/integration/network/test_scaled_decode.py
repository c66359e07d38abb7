"""Large JPEGs are decoded at a smaller scale, and the network does not feel it.

The real photos at hand are too small to be scaled, so large ones are made of them, as in `benchmarks/photos`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from infra.samples.files.large import KINDS
from infra.samples.reading import PROMISED, Read, at_gap, cosine, network, ours, reference, scaled
from spark_app.network.engine import Features, Pixels
from tests.integration.network.photos import SIZE, STREET

RETINA = Path(skimage.__file__).parent / "data" / "retina.jpg"  # 1411 x 1411: a real photo that is large enough
SAMPLE = {"enlarged-4": 40, "side-by-side-16": 10, "grainy-8": 6}


@pytest.fixture(scope="module")
def street() -> list[Path]:
    if not STREET.is_dir():
        pytest.skip("the real photos are not beside this checkout")
    return sorted(STREET.glob("*/*.jpg"))


@pytest.fixture(scope="module")
def large(street: list[Path]) -> dict[str, list[bytes]]:
    """Large JPEGs by kind, made of photos that lie evenly over the set."""
    return {
        kind: [KINDS[kind](street, n * len(street) // count) for n in range(count)] for kind, count in SAMPLE.items()
    }


@pytest.fixture(scope="module")
def features(artifact_folder: Path) -> Callable[[Pixels], Features]:
    found, size = network(artifact_folder)
    assert size == SIZE
    return found


def lowest(read: Read, photos: list[bytes], features: Callable[[Pixels], Features]) -> float:
    return min(cosine(features(read(data, SIZE)), features(reference(data, SIZE))) for data in photos)


def nearest(data: bytes, size: int) -> Pixels:
    return np.asarray(scaled(data, size, gap=1.0).resize((size, size), Image.Resampling.NEAREST))


@pytest.mark.parametrize("kind", SAMPLE)
def test_features_of_a_photo_decoded_at_a_smaller_scale_are_those_of_all_its_pixels(
    kind: str, large: dict[str, list[bytes]], features: Callable[[Pixels], Features]
) -> None:
    photos = large[kind]

    assert all(scaled(data, SIZE).width < scaled(data, SIZE, gap=100).width for data in photos)
    assert lowest(ours, photos, features) >= PROMISED


def test_the_promise_holds_for_a_real_photo_that_is_large_enough(features: Callable[[Pixels], Features]) -> None:
    data = RETINA.read_bytes()

    assert scaled(data, SIZE).size == (706, 706)
    assert lowest(ours, [data], features) >= PROMISED


@pytest.mark.parametrize("careless", [lambda data, size: at_gap(data, size, 1.0), nearest], ids=["no gap", "nearest"])
def test_red_twin_scaling_down_to_the_networks_input_is_felt(
    careless: Read, large: dict[str, list[bytes]], features: Callable[[Pixels], Features]
) -> None:
    assert lowest(careless, large["enlarged-4"], features) < PROMISED


def test_photos_that_are_not_large_give_the_references_pixels_to_the_bit(street: list[Path]) -> None:
    photos = [path.read_bytes() for path in street[::10]]

    assert all(np.array_equal(ours(data, SIZE), reference(data, SIZE)) for data in photos)
