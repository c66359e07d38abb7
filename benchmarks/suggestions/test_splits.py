"""The splits of the benchmark of suggestions keep near-identical photos on one side."""

import numpy as np
import pytest

from benchmarks.backbones.measure import neighbour_is_right
from benchmarks.suggestions.score import threshold
from benchmarks.suggestions.splits import at_random, by_film, by_scene, linked, scenes


def test_a_film_of_fruits360_is_one_fold() -> None:
    names = ["a/1_100.jpg", "a/r_1_100.jpg", "b/2_100.jpg", "b/r2_1_100.jpg", "b/r_77_100.jpg"]

    assert by_film(names).tolist() == [0, 2, 0, 1, 2]


def test_a_film_of_the_carried_photos_is_one_fold() -> None:
    assert by_film(["a/film1--0_100.jpg", "a/film2--7_100.jpg", "b/film1--9_100.jpg"]).tolist() == [0, 1, 0]


def test_a_name_that_is_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match=r"street\.jpg is no frame"):
        by_film(["1_100.jpg", "street.jpg"])


def test_a_chain_of_near_photos_is_one_scene() -> None:
    near = np.eye(5, dtype=bool)
    near[0, 3] = near[3, 0] = near[3, 4] = near[4, 3] = True

    assert linked(near).tolist() == [0, 1, 2, 0, 0]


def crossing(folds: np.ndarray, rows: np.ndarray, bound: float) -> int:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return int(((unit @ unit.T >= bound) & (folds[:, None] != folds[None, :])).sum())


def test_no_near_identical_pair_is_on_both_sides_and_at_random_some_are() -> None:
    rng = np.random.default_rng(7)
    piles = rng.normal(size=(12, 16)).repeat(5, axis=0)
    rows = (piles + 0.1 * rng.normal(size=piles.shape)).astype(np.float32)

    folds = by_scene(rows, ["kiwi"] * len(rows), bound=0.9)

    assert crossing(folds, rows, 0.9) == 0
    assert np.bincount(folds, minlength=4).min() > 0
    assert crossing(at_random(len(rows), seed=1), rows, 0.9) > 0


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    similarity = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, False, True, False])

    assert threshold(similarity, right, precision=0.75) == 0.6
    assert threshold(similarity, right, precision=1.0) == 0.8


def test_photos_of_one_scene_are_one_group_and_never_of_two_labels() -> None:
    rows = np.array([[1, 0], [0, 1], [1, 0.01], [1, 0]], np.float32)

    assert scenes(rows, ["kiwi", "kiwi", "kiwi", "plum"], bound=0.9).tolist() == [0, 1, 0, 3]


def test_the_nearest_photo_of_another_fold_is_asked_and_not_the_twin_beside() -> None:
    rows = np.array([[1, 0], [1, 0.01], [0.5, 1], [1, 0.3]], np.float32)
    labels, folds = ["kiwi", "kiwi", "kiwi", "plum"], np.array([0, 0, 1, 1])

    assert neighbour_is_right(rows, labels)[0]
    assert not neighbour_is_right(rows, labels, folds)[0]
