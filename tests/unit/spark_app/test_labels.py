"""Labels: the uploader's word first, then the folder, else none."""

import unicodedata
from pathlib import Path

import pytest

from infra.ops.uploads import labelled_files
from spark_app.photos.labels import label_of, normalised

MAC, ANDROID = (unicodedata.normalize(form, "Pêche") for form in ("NFD", "NFC"))


@pytest.mark.parametrize(
    ("key", "metadata", "label"),
    [
        ("uploads/o/Banana/1.jpg", {}, "Banana"),
        ("uploads/o/Banana/1.jpg", {"label": "Kiwi"}, "Kiwi"),
        ("uploads/o/Banana/1.jpg", {"label": "  "}, "Banana"),
        ("uploads/o/1.jpg", {}, None),
        ("uploads/o/Banana/more/1.jpg", {}, None),
        ("other/o/Banana/1.jpg", {}, None),
        ("uploads/o//1.jpg", {}, None),
        ("1.jpg", {"label": "Kiwi"}, "Kiwi"),
    ],
)
def test_the_label_is_the_metadata_then_the_folder_under_uploads(
    key: str, metadata: dict[str, str], label: str | None
) -> None:
    assert label_of(key, metadata) == label


@pytest.mark.parametrize(
    ("sent", "label"),
    [
        ("=?UTF-8?Q?a=C3=A7a=C3=AD?=", "açaí"),
        ("=?UTF-8?B?YcOnYcOt?=", "açaí"),
        ("=?UTF-8?Q?=20=20?=", "folder"),
        ("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?="),
        ("=?UTF-8?B?a?=", "=?UTF-8?B?a?="),
        ("=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="),
        ("=? no, a riddle", "=? no, a riddle"),
    ],
)
def test_a_label_that_s3_sends_as_an_encoded_word_is_decoded_and_one_that_only_looks_so_is_kept(
    sent: str, label: str
) -> None:
    assert label_of("uploads/o/folder/1.jpg", {"label": sent}) == label


@pytest.mark.parametrize("spelling", [MAC, ANDROID, f" {MAC}\t", f"{ANDROID}\u3000", f"\n{ANDROID}\n"])
def test_a_label_has_one_spelling_wherever_it_comes_from(spelling: str, tmp_path: Path) -> None:
    assert MAC != ANDROID
    assert normalised(spelling) == ANDROID
    assert label_of("uploads/o/1.jpg", {"label": spelling}) == ANDROID
    assert label_of(f"uploads/o/{spelling}/1.jpg", {}) == ANDROID
    (tmp_path / spelling).mkdir()
    (tmp_path / spelling / "1.jpg").touch()
    assert [file.label for file in labelled_files(tmp_path)] == [ANDROID]


def test_an_encoded_word_has_the_one_spelling_too() -> None:
    assert label_of("1.jpg", {"label": "=?UTF-8?Q?_Pe=CC=82che_?="}) == ANDROID


@pytest.mark.parametrize("nothing", ["", " ", "\t\u00a0\u3000"])
def test_a_label_of_nothing_but_space_is_none(nothing: str, tmp_path: Path) -> None:
    assert normalised(nothing) is None
    assert label_of(f"uploads/o/{nothing}/1.jpg", {"label": nothing}) is None
    if nothing:
        (tmp_path / nothing).mkdir()
        (tmp_path / nothing / "1.jpg").touch()
        assert [file.label for file in labelled_files(tmp_path)] == [None]
