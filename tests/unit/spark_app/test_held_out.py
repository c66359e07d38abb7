"""The sample that suggestions are tried on: even over labels, bounded, and the same however tasks share the photos."""

from collections import Counter

import numpy as np
import pytest

from spark_app.pca import classes
from spark_app.refit.held_out import Sample, hashed, kept, wanted

LABELS = ["many"] * 9000 + ["some"] * 900 + ["few"] * 9 + ["one"] + [None] * 90
IDS = [f"photo-{number}" for number in range(len(LABELS))]
POINTS = np.arange(len(LABELS), dtype=np.float32)[:, None]
CLASSES = classes.of_labelled(POINTS, LABELS)


def sampled(limit: int, cuts: int = 1, given: classes.ClassSums = CLASSES) -> Sample:
    """What the driver keeps of what so many tasks return."""
    chosen = wanted(given, len(IDS), limit)
    places = [
        place
        for task in range(cuts)
        for place in (np.array(chosen.places(IDS[task::cuts], LABELS[task::cuts]), np.intp) * cuts + task).tolist()
    ]
    return kept(chosen, [IDS[place] for place in places], [LABELS[place] for place in places], POINTS[places])


def test_photos_to_try_are_taken_evenly_over_the_labels_and_all_of_a_small_one() -> None:
    sample = sampled(limit=300)

    assert Counter(sample.labels) == {"many": 100, "some": 100, "few": 9}
    assert [LABELS[int(point)] for point in sample.coordinates[:, 0]] == sample.labels


def test_tasks_return_little_more_than_is_kept() -> None:
    chosen = wanted(CLASSES, len(IDS), 300)

    assert 209 <= len(chosen.places(IDS, LABELS)) < 350


@pytest.mark.parametrize("cuts", [2, 7])
def test_the_sample_is_the_same_however_the_photos_are_shared_out(cuts: int) -> None:
    expected, found = sampled(300), sampled(300, cuts)

    assert found.labels == expected.labels
    np.testing.assert_array_equal(found.coordinates, expected.coordinates)


def test_it_is_spread_over_the_photos_and_not_their_first() -> None:
    many = [int(point) for point, label in zip(*_parts(sampled(300)), strict=True) if label == "many"]

    assert 30 < sum(place < 4500 for place in many) < 70


def _parts(sample: Sample) -> tuple[list[float], list[str]]:
    return sample.coordinates[:, 0].tolist(), sample.labels


@pytest.mark.parametrize("labels", [[None] * 9, [f"each its own {n}" for n in range(9)]])
def test_where_labels_are_too_few_photos_of_any_kind_are_taken_without_labels(labels: list[str | None]) -> None:
    sample = sampled(1000, given=classes.of_labelled(POINTS[:9], labels))

    assert sample.labels == []
    assert 850 < len(sample.coordinates) < 1150


def test_a_photo_has_its_number_for_good() -> None:
    assert hashed("a") == hashed("a") != hashed("b")
    assert 0.45 < np.mean([hashed(photo) for photo in IDS]) < 0.55
