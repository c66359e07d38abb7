"""Suggestions: nearest class means, and the honesty of what is said about them."""

import numpy as np
import numpy.typing as npt
import pytest

from contracts.errors import GiveUp
from spark_app.pca import calibration, classes, classify, moments
from spark_app.pca.classify import Classifier
from spark_app.pca.fit import FitSettings, fit


def clusters(of_each: int = 20, kinds: int = 4, spread: float = 0.3) -> tuple[npt.NDArray[np.float64], list[str]]:
    random = np.random.default_rng(1)
    centres = 3 * np.linalg.qr(random.normal(size=(10, 10)))[0][:kinds]
    rows = np.repeat(centres, of_each, axis=0) + spread * random.normal(size=(kinds * of_each, 10))
    return rows, [f"fruit {n // of_each}" for n in range(kinds * of_each)]


def classifier(of_each: int = 20, kinds: int = 4, threshold: float = 0.5) -> Classifier:
    rows, labels = clusters(of_each, kinds)
    model = fit(moments.of_rows(rows), FitSettings())
    return classify.build(model, classes.of_labelled(rows, labels), threshold, "00000007-abc", "ab" * 32)


def test_a_photo_is_suggested_the_class_that_it_lies_by_best_first() -> None:
    rows, labels = clusters()
    made = classifier()

    places, similarities = made.suggest(rows)

    assert places.shape == similarities.shape == (80, 3)
    assert [made.labels[place] for place in places[:, 0]] == labels
    assert (np.diff(similarities, axis=1) <= 0).all()
    assert (np.abs(similarities) <= 1 + 1e-6).all()


def test_similarity_is_the_cosine_to_the_class_mean_in_the_models_space() -> None:
    rows, _ = clusters()
    model = fit(moments.of_rows(rows), FitSettings())
    seen, mean = model.project(rows[:1])[0], model.project(rows[:20]).mean(0)

    _, similarities = classifier().suggest(rows[:1])

    cosine = seen @ mean / np.linalg.norm(seen) / np.linalg.norm(mean)
    assert similarities[0, 0] == pytest.approx(cosine, abs=1e-6)


def test_fewer_than_three_classes_are_fewer_suggestions_and_a_class_of_one_photo_is_none() -> None:
    rows, labels = clusters(kinds=3)
    labels[:20] = [f"seen once {n}" for n in range(20)]
    model = fit(moments.of_rows(rows), FitSettings())

    made = classify.build(model, classes.of_labelled(rows, labels), 0.5, "v", "a")

    assert made.labels == ("fruit 1", "fruit 2")
    assert made.suggest(rows)[0].shape == (60, 2)


def test_without_any_class_nothing_is_suggested_and_nothing_known() -> None:
    rows, _ = clusters()
    model = fit(moments.of_rows(rows), FitSettings())
    made = classify.build(model, classes.empty(10), 0.5, "v", "a")

    places, similarities = made.suggest(rows)

    assert places.shape == (80, 0)
    assert not made.known(similarities).any()


def test_below_the_threshold_the_answer_is_unknown() -> None:
    made = classifier(threshold=0.9)
    rows, _ = clusters()
    between = (rows[:1] + rows[25:26]) / 2

    assert made.known(made.suggest(rows[:1])[1]).tolist() == [True]
    assert made.known(made.suggest(between)[1]).tolist() == [False]


def test_a_classifier_is_read_as_it_was_written_and_a_damaged_one_refused() -> None:
    made = classifier()
    data = classify.encode(made)

    found = classify.decode(data)

    assert (found.labels, found.version, found.artifact_sha256) == (made.labels, made.version, made.artifact_sha256)
    assert (found.threshold, np.array_equal(found.centroids, made.centroids)) == (0.5, True)
    with pytest.raises(GiveUp, match="the classifier is damaged"):
        classify.decode(data[:-1] + b"!")


FILMS = np.repeat(np.arange(20), 4)
"""Twenty films of four frames, five of each fruit."""


def films() -> tuple[npt.NDArray[np.float64], list[str]]:
    """Frames of one film are nearly the same, films of one fruit are not: what real uploads look like."""
    random = np.random.default_rng(3)
    of_film = np.repeat(random.normal(size=(20, 40)), 4, axis=0)
    return of_film + 0.01 * random.normal(size=(80, 40)), [f"fruit {film // 5}" for film in FILMS]


def test_a_photo_is_held_against_other_folds_alone() -> None:
    rows, labels = films()

    honest = calibration.calibrate(rows, labels, FILMS % 5)

    assert honest.top1 < 0.5  # the films of a fruit have nothing in common here


def test_halves_of_a_label_differ_so_much_that_they_hardly_share_a_film() -> None:
    rows, labels = films()

    folds = calibration.halves(rows, labels)

    shared = [film for film in range(20) if len(set(folds[film == FILMS])) == 2]
    assert len(shared) <= 4  # of five films a label, two halves cut through one at most
    assert [int(folds[np.array(labels) == label].sum()) for label in sorted(set(labels))] == [10, 10, 10, 10]
    assert calibration.calibrate(rows, labels, folds).top1 < 0.5


def test_halves_are_the_same_in_whatever_order_photos_come() -> None:
    rows, labels = films()
    order = np.random.default_rng(1).permutation(80)

    shuffled = calibration.halves(rows[order], [labels[place] for place in order])

    same = shuffled == calibration.halves(rows, labels)[order]
    for label in sorted(set(labels)):  # which half is called 0 says nothing
        assert len(set(same[np.array(labels)[order] == label])) == 1


def test_red_twin_folds_that_cut_through_films_flatter() -> None:
    rows, labels = films()

    assert calibration.calibrate(rows, labels, np.arange(80) % 4).top1 >= 0.9


def test_above_the_threshold_answers_are_right_as_often_as_was_asked_though_some_photos_show_nothing_known() -> None:
    random = np.random.default_rng(5)
    rows, labels = clusters(of_each=60, spread=1.6)
    folds = random.integers(0, 4, len(rows))
    parts = [calibration._held_out(rows, np.array(labels, dtype=object), folds == fold) for fold in range(4)]
    place, best, other = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("place", "best", "other")
    )

    def precision(threshold: float) -> float:
        answered = best >= np.float32(threshold)
        strangers = (other >= np.float32(threshold)).sum() / 9  # one photo in ten
        return float((place[answered] == 0).sum() / (answered.sum() + strangers))

    found = calibration.calibrate(rows, labels, folds, precision=0.9)

    assert precision(found.threshold) >= 0.9
    assert precision(float(best[best < np.float32(found.threshold)].max())) < 0.9
    assert found.unknown == pytest.approx((best < np.float32(found.threshold)).mean())
    assert found.unseen_unknown == pytest.approx((other < np.float32(found.threshold)).mean())
    assert 0 < found.unknown < found.unseen_unknown < 1


def test_answers_of_one_similarity_are_given_together_or_not_at_all() -> None:
    nobody = np.full(3, -1, np.float32)
    tried = calibration.Tried(np.array([0, 0, 3]), np.array([0.9, 0.5, 0.5], np.float32), nobody)

    assert calibration.lowest_right(tried, 0.9) == pytest.approx(0.9)
    assert calibration.lowest_right(tried, 0.6) == pytest.approx(0.5)


def test_a_threshold_rises_where_photos_of_what_has_no_label_would_be_mistaken() -> None:
    best = np.linspace(0.5, 1, 100, dtype=np.float32)
    right = np.where(np.arange(100) < 5, 3, 0)  # five in a hundred are wrong: by themselves, nothing to forbid
    nobody, strangers = np.full(100, -1, np.float32), np.full(100, 0.6, np.float32)

    assert calibration.lowest_right(calibration.Tried(right, best, nobody), 0.9) == pytest.approx(0.5)
    assert calibration.lowest_right(calibration.Tried(right, best, strangers), 0.9) > 0.5


def test_where_every_answer_is_right_nothing_is_unknown_but_what_has_no_label() -> None:
    rows, labels = clusters()

    found = calibration.calibrate(rows, labels, np.arange(80) % 4)

    assert (found.top1, found.top3, found.unknown, found.photos) == (1.0, 1.0, 0.0, 80)
    assert found.unseen_unknown == 1.0  # classes this far apart look like none of the others


def test_photos_of_one_fold_tell_nothing() -> None:
    rows, labels = clusters()

    assert calibration.calibrate(rows, labels, np.zeros(80, np.int64)).photos == 0


def stretched() -> tuple[npt.NDArray[np.float64], list[str]]:
    """Classes that differ a little in one direction, and whose photos differ a lot in all others."""
    random = np.random.default_rng(11)
    rows = random.normal(size=(400, 8)) * np.array([0.1, 2, 2, 2, 2, 2, 2, 2])
    rows[:200, 0] += 1
    rows[200:, 0] -= 1
    return rows, ["left"] * 200 + ["right"] * 200


def test_directions_in_which_photos_of_a_class_differ_count_for_less() -> None:
    rows, labels = stretched()
    model = fit(moments.of_rows(rows), FitSettings(k=8))
    sums, turn = classes.of_labelled(rows, labels), classify.whitening(model.project(rows), labels)

    def right(made: Classifier) -> float:
        named = np.array(made.labels)[made.suggest(rows)[0][:, 0]]
        return float((named == np.array(labels)).mean())

    assert right(classify.build(model, sums, 0.0, "v", "a")) < 0.95
    assert right(classify.build(model, sums, 0.0, "v", "a", turn)) > 0.99


def test_after_evening_a_class_spreads_alike_in_all_directions_but_for_the_ridge() -> None:
    rows, labels = stretched()
    within = rows - np.where(np.arange(400)[:, None] < 200, rows[:200].mean(0), rows[200:].mean(0))
    ridge = classify.RIDGE * np.trace(within.T @ within) / 398 / 8

    turn = classify.whitening(rows, labels)

    np.testing.assert_allclose(turn.T @ (within.T @ within / 398 + ridge * np.eye(8)) @ turn, np.eye(8), atol=1e-9)


def test_what_is_calibrated_is_what_is_built() -> None:
    rows, labels = stretched()
    model = fit(moments.of_rows(rows), FitSettings(k=8))
    twice = np.concatenate([rows, rows])  # two equal folds: either one's others are the whole, and so is what is built
    seen, folds = model.project(twice), np.repeat([0, 1], 400)

    best = calibration._held_out(seen, np.array(labels * 2, dtype=object), folds == 0).best
    made = classify.build(
        model, classes.of_labelled(rows, labels), 0.0, "v", "a", classify.whitening(model.project(rows), labels)
    )

    np.testing.assert_allclose(made.suggest(rows)[1][:, 0], best, atol=1e-5)


def test_labels_of_held_out_photos_do_not_shape_the_space_that_they_are_tried_in() -> None:
    rows, labels = stretched()
    folds = np.arange(400) % 4 == 0
    names = np.array(labels, dtype=object)
    other = names.copy()
    other[folds] = "left"

    before, after = (calibration._held_out(rows, each, folds).best for each in (names, other))

    np.testing.assert_array_equal(before, after)


def test_photos_that_do_not_differ_within_classes_leave_the_space_as_it_is() -> None:
    assert np.array_equal(classify.whitening(np.repeat(np.eye(3), 2, axis=0), list("aabbcc")), np.eye(3))
