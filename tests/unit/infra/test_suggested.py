"""Suggestions are measured against the labels that photos were uploaded with, and drawn so that each kind is seen."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from contracts.photos.manifest import photo_id
from contracts.photos.results import Result, Suggestion
from infra.demo.suggestions import RIGHT, UNKNOWN, WRONG, Answered, answered, choose, draw, measured
from infra.ops.uploads import Uploaded

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def photo(label: str = "apple", said: tuple[str, ...] = ("apple", "kiwi", "plum"), known: bool = True) -> Answered:
    return Answered(Path("photo.jpg"), label, [(name, 0.9 - place / 10) for place, name in enumerate(said)], known)


RIGHT_ONE, SECOND, WRONG_ONE = photo(), photo("kiwi"), photo("pear")
UNKNOWN_RIGHT, SILENT = photo(known=False), photo(said=(), known=False)


def test_first_among_three_and_unknown_are_counted_each_for_itself() -> None:
    assert measured([RIGHT_ONE, SECOND, WRONG_ONE, UNKNOWN_RIGHT, SILENT]) == {
        "photos": 5,
        "top1": 0.4,
        "top3": 0.6,
        "unknown": 0.4,
        "right_when_known": 0.3333,
    }


def test_of_no_photos_no_share_is_claimed() -> None:
    assert measured([]) == {"photos": 0, "top1": None, "top3": None, "unknown": None, "right_when_known": None}
    assert measured([SILENT])["right_when_known"] is None


def test_the_truth_is_the_upload_s_label_and_rejected_unlabelled_and_foreign_photos_are_left_out() -> None:
    def upload(name: str, label: str | None) -> Uploaded:
        return Uploaded(Path(name), "b", name, "1", "e", 1, NOW, label, "demo")

    def result(name: str, outcome: str = "features") -> Result:
        told = (Suggestion("kiwi", 0.75),) if outcome == "features" else ()
        return Result(photo_id("b", name, "1"), outcome, "not the truth", told, bool(told) or None, "00000001-a")

    uploads = [upload("one", "kiwi"), upload("two", None), upload("three", "pear")]
    found = answered([result("one"), result("two"), result("three", "corrupt"), result("other")], uploads)

    assert found == [Answered(Path("one"), "kiwi", [("kiwi", 0.75)], True)]


def test_the_picture_shows_every_kind_in_turn_and_the_same_ones_for_the_same_seed() -> None:
    photos = [RIGHT_ONE] * 50 + [WRONG_ONE] * 2 + [UNKNOWN_RIGHT]
    chosen = choose(photos, 6, seed=3)
    assert [one.colour for one in chosen] == [RIGHT, RIGHT, RIGHT, WRONG, WRONG, UNKNOWN]
    several = [photo(label=str(number)) for number in range(40)]
    assert choose(several, 5, seed=3) == choose(several, 5, seed=3) != choose(several, 5, seed=4)


def test_of_a_kind_each_label_is_shown_once_before_any_is_shown_again() -> None:
    figs_and_a_pear = [photo("fig", ("fig",))] * 20 + [photo("pear", ("pear",))]
    for seed in range(5):
        assert {one.label for one in choose(figs_and_a_pear, 2, seed)} == {"fig", "pear"}


@pytest.mark.parametrize(
    "photos", [[], [RIGHT_ONE], [RIGHT_ONE, WRONG_ONE, UNKNOWN_RIGHT, SILENT, photo("$a$", ("$b",))]]
)
@pytest.mark.parametrize("threshold", [None, 0.6])
def test_a_picture_is_drawn_of_any_number_of_photos(
    photos: list[Answered], threshold: float | None, tmp_path: Path
) -> None:
    draw(photos, threshold, tmp_path / "suggestions.png", read=lambda _: b"no photo at all")
    with Image.open(tmp_path / "suggestions.png") as drawn:
        assert drawn.width > 1000
