"""A task's photos, without Spark: real fetches from a folder, real decoding, a small engine that is easy to predict."""

import hashlib
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contracts.photos.manifest import Photo, photo_id
from spark_app.extract.per_photo import PhotoSettings, Row, _Read, run
from spark_app.network.engine import Features, Pixels, engine_for
from spark_app.stores.buckets import StoreSettings


class MeanColour:
    """Features of a photo: its mean red, green and blue. Counts its calls."""

    width = 3

    def __init__(self, batch_size: int = 4) -> None:
        self.batch_size = batch_size
        self.seen: list[int] = []

    def features(self, pixels: Pixels) -> Features:
        self.seen.append(len(pixels))
        return np.asarray(pixels.mean(axis=(1, 2)), np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for number in range(10):
        Image.new("RGB", (40, 30), (number * 20, 0, 255)).save(tmp_path / "photos" / f"{number}.png")
    (tmp_path / "photos" / "empty.jpg").write_bytes(b"")
    (tmp_path / "photos" / "text.jpg").write_bytes(b"not a photo at all, whatever its name says")
    return tmp_path


def photo(key: str, size: int = 100) -> Photo:
    return Photo(photo_id("photos", key, None), "photos", key, size, "2026-11-23T10:00:00Z")


def run_all(folder: Path, keys: list[str], engine: MeanColour) -> tuple[list[Row], Counter[str]]:
    counts: Counter[str] = Counter()
    settings = PhotoSettings(StoreSettings(folder=f"file://{folder}"), input_size=8)
    return list(run([photo(key) for key in keys], settings, engine, counts)), counts


@pytest.mark.parametrize("batch_size", [1, 3, 4, 100])
def test_each_photo_gets_its_own_features_in_order_whatever_the_batch_size(folder: Path, batch_size: int) -> None:
    keys = ["3.png", "text.jpg", "0.png", "missing.png", "empty.jpg", "7.png", "9.png"]

    rows, counts = run_all(folder, keys, MeanColour(batch_size))

    assert [row.photo_id for row in rows] == [photo(key).photo_id for key in keys]
    assert [row.rejection for row in rows] == [None, "unsupported_format", None, "missing", "empty", None, None]
    assert [row.features.tolist() for row in rows if row.features is not None] == [
        [60.0, 0.0, 255.0],
        [0.0, 0.0, 255.0],
        [140.0, 0.0, 255.0],
        [180.0, 0.0, 255.0],
    ]
    assert counts["photos"] == len(keys)


def test_the_network_sees_each_photo_exactly_once_and_never_more_than_its_batch(folder: Path) -> None:
    engine = MeanColour(4)

    run_all(folder, [f"{number}.png" for number in range(10)], engine)

    assert sum(engine.seen) == 10
    assert max(engine.seen) <= 4


def test_a_row_carries_the_hash_of_the_bytes_read_and_the_size_of_the_upright_photo(folder: Path) -> None:
    rows, _ = run_all(folder, ["3.png", "text.jpg", "missing.png"], MeanColour())

    good, text, missing = rows
    assert good.content_sha256 == hashlib.sha256((folder / "photos" / "3.png").read_bytes()).hexdigest()
    assert (good.width, good.height, good.format) == (40, 30, "png")
    assert text.content_sha256 == hashlib.sha256((folder / "photos" / "text.jpg").read_bytes()).hexdigest()
    assert (missing.content_sha256, missing.width, missing.features) == (None, None, None)


def test_keys_with_spaces_plus_signs_and_accents_are_found(folder: Path) -> None:
    names = ["Apple Red 1/a b.png", "a+b%20c.png", "été/ñ.png", "100%.png"]
    for name in names:
        target = folder / "photos" / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((folder / "photos" / "1.png").read_bytes())

    rows, _ = run_all(folder, names, MeanColour())

    assert [row.rejection for row in rows] == [None] * len(names)


def test_a_bucket_that_is_not_there_makes_its_photos_missing_and_no_others(folder: Path) -> None:
    settings = PhotoSettings(StoreSettings(folder=f"file://{folder}"), input_size=8)
    photos = [photo("1.png"), replace(photo("1.png"), bucket="nowhere"), photo("2.png")]

    rows = list(run(photos, settings, MeanColour(), Counter()))

    assert [row.rejection for row in rows] == [None, "missing", None]


def test_an_engine_is_built_once_per_key_and_a_new_key_replaces_it() -> None:
    builds: list[str] = []

    def build(name: str) -> MeanColour:
        builds.append(name)
        return MeanColour()

    first, built = engine_for("one", lambda: build("one"))
    again, rebuilt = engine_for("one", lambda: build("one"))
    other, _ = engine_for("two", lambda: build("two"))

    assert (built, rebuilt, builds) == (True, False, ["one", "two"])
    assert first is again
    assert other is not first


def test_a_photo_read_without_a_sliver_is_counted(folder: Path) -> None:
    place = folder / "photos" / "cut.jpg"
    Image.new("RGB", (1_600, 1_200), (200, 90, 30)).save(place, quality=90)
    place.write_bytes(place.read_bytes()[:-30])

    rows, counts = run_all(folder, ["3.png", "cut.jpg"], MeanColour())

    assert [row.rejection for row in rows] == [None, None]
    assert counts["incomplete"] == 1


def test_photos_that_wait_for_the_engine_keep_no_bytes() -> None:
    """A batch of 60 MB each would hold half a gigabyte until the last of them is decoded."""
    reads = [held.name for held in fields(_Read)]

    assert reads == ["photo", "label", "content_sha256", "image"]
