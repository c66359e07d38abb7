"""Phone photos are of the size that they are called, and the same each time."""

import io
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.photos.phones import KINDS, scene, street_photos, write_photos
from spark_app.photos.images import Decoded, decode


@pytest.mark.parametrize("kind", ["12mp", "3mp", "1mp"])
def test_a_phone_photo_is_a_baseline_jpeg_of_its_size_with_halved_colours(kind: str) -> None:
    data = KINDS[kind].encoded(scene(street_photos(Path("nowhere")), 3))
    image = Image.open(io.BytesIO(data))

    assert (image.size, image.format) == (KINDS[kind].size, "JPEG")
    assert "progressive" not in image.info
    assert image.layer[0][1:3] == (2, 2)  # type: ignore[attr-defined]  # sampling of brightness: twice that of colours
    assert isinstance(decode(data, 224), Decoded)


def test_a_scene_is_the_same_each_time_and_another_one_for_another_number() -> None:
    paths = street_photos(Path("nowhere"))

    assert scene(paths, 5).tobytes() == scene(paths, 5).tobytes()
    assert scene(paths, 5).tobytes() != scene(paths, 5 + len(paths)).tobytes()


def test_photos_that_are_there_are_not_written_again(tmp_path: Path) -> None:
    paths = street_photos(Path("nowhere"))
    (first,) = write_photos(tmp_path, "1mp", 1, paths)
    first.write_bytes(b"kept")

    assert [path.name for path in write_photos(tmp_path, "1mp", 2, paths)] == ["0000.jpg", "0001.jpg"]
    assert first.read_bytes() == b"kept"
    assert not list(tmp_path.rglob("*.part"))
