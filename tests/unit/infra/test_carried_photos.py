"""The photos that the project carries are small, free, harmless and honest: no scene is on both sides of the demo."""

from collections import Counter
from pathlib import Path

from PIL import Image

from infra.demo.held_back import scene, split_off
from infra.demo.photo_source import add_broken, photo_folder
from infra.ops.uploads import LabelledFile, labelled_files
from infra.samples.carried import PHOTOS, carried
from spark_app.photos.images import Decoded, decode

SOURCES = ("fruits360", "street")
FILES = labelled_files(PHOTOS)


def test_they_are_441_photos_of_30_fruits_in_at_most_4_mb() -> None:
    assert len(FILES) == 441
    assert len(carried()) == 30
    assert sorted((path, label) for label, paths in carried().items() for path in paths) == [
        (file.path, file.label) for file in FILES
    ]
    assert sum(path.stat().st_size for path in PHOTOS.rglob("*") if path.is_file()) <= 4_000_000


def test_each_source_is_named_with_its_licence_and_no_licence_is_taken_for_a_photo() -> None:
    readme = (PHOTOS / "README.md").read_text()
    for source in SOURCES:
        assert (PHOTOS / source / "LICENSE").read_text().startswith("MIT License")
        assert f"MIT, see `{source}/LICENSE`" in readme
    assert {path.name for path in PHOTOS.iterdir()} == {"README.md", *SOURCES}
    assert all(file.path.suffix == ".jpg" for file in FILES)


def test_each_is_a_photo_with_nothing_but_pixels() -> None:
    for file in FILES:
        with Image.open(file.path) as photo:
            assert not photo.getexif(), file.path
            assert set(photo.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}, file.path
        assert isinstance(decode(file.path.read_bytes(), 32), Decoded)


def test_a_scene_is_uploaded_whole_and_every_label_has_photos_before_there_is_a_model() -> None:
    first, later = split_off(FILES)
    assert sorted([*first, *later], key=lambda file: file.path) == FILES
    assert not scenes(first) & scenes(later)
    assert all(scene(file.path) for file in FILES)
    assert {file.label for file in first} == {file.label for file in later} == set(carried())
    assert len(FILES) // 5 < len(later) <= len(FILES) // 3
    assert set(Counter(file.path.parts[-3] for file in later)) == set(SOURCES)


def test_a_smaller_choice_keeps_its_scenes_whole_too() -> None:
    first, later = split_off(FILES[::3], most=20)
    assert 0 < len(later) <= 20
    assert not scenes(first) & scenes(later)


def test_names_without_a_mark_are_of_no_scene() -> None:
    assert scene(Path("Kiwi/scene02--Kiwi_012.jpg")) == "scene02"
    assert scene(Path("Kiwi/Kiwi_012.jpg")) is None
    assert scene(Path("Kiwi/--Kiwi.jpg")) is None


def test_a_clone_without_shared_photos_takes_the_carried_ones(tmp_path: Path) -> None:
    assert photo_folder(None, shared=tmp_path / "missing") == PHOTOS
    assert photo_folder(None, shared=tmp_path) == tmp_path
    assert photo_folder(tmp_path, shared=PHOTOS) == tmp_path


def scenes(files: list[LabelledFile]) -> set[tuple[Path, str | None]]:
    return {(file.path.parent, scene(file.path)) for file in files}


def test_broken_files_come_with_the_carried_photos_and_with_no_others(tmp_path: Path) -> None:
    broken = add_broken(PHOTOS, tmp_path / "broken")
    assert len(broken) == 5
    assert not any(isinstance(decode(file.path.read_bytes(), 32), Decoded) for file in broken)
    assert add_broken(tmp_path, tmp_path / "none") == []
    assert not (tmp_path / "none").exists()
