"""Moments: exact, and the same whatever way the rows came."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_app.pca import classes, moments
from spark_app.pca.moments import Moments, RunningMoments
from tests.unit.pca.rows import assert_same_classes, assert_same_moments, cut, labels, rows

PLACES = st.lists(st.integers(0, 300), max_size=8)


@given(PLACES, st.integers(0, 5))
def test_parts_merged_are_the_whole_for_any_split(places: list[int], seed: int) -> None:
    whole = rows(300, seed=seed, mean=3.0)

    found = reduce(moments.merge, map(moments.of_rows, cut(whole, places)))

    assert_same_moments(found, moments.of_rows(whole), 1e-12)


@given(PLACES, st.integers(1, 90))
def test_rows_that_come_bit_by_bit_are_the_whole_for_any_split_and_any_block(places: list[int], block: int) -> None:
    whole = rows(300, mean=3.0)
    running = RunningMoments(12, block)
    for part in cut(whole, places):
        assert running.add(part)
        running.moments()  # looked at in between, it goes on

    assert_same_moments(running.moments(), moments.of_rows(whole), 1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rows_with_a_value_that_is_not_finite_are_not_added(value: float) -> None:
    running, bad = RunningMoments(12, 7), rows(20)
    bad[11, 3] = value
    running.add(rows(10))

    assert not running.add(bad)
    assert_same_moments(running.moments(), moments.of_rows(rows(10)))
    with pytest.raises(ValueError, match="NaN or infinite"):
        moments.of_rows(bad)


@given(PLACES)
def test_classes_merged_are_the_whole_for_any_split(places: list[int]) -> None:
    whole, named = rows(300), labels(300)
    found = classes.empty(12)
    start = 0
    for part in cut(whole, places):
        found = classes.merge(found, classes.of_labelled(part, named[start : start + len(part)]))
        start += len(part)

    assert_same_classes(found, classes.of_labelled(whole, named))


@given(st.integers(0, 300))
def test_what_is_taken_away_is_as_if_it_had_never_been_there(gone: int) -> None:
    whole, named = rows(300, mean=2.0), labels(300)

    left = moments.without(moments.of_rows(whole), moments.of_rows(whole[:gone]))
    kept = classes.without(classes.of_labelled(whole, named), classes.of_labelled(whole[:gone], named[:gone]))

    assert_same_moments(left, moments.of_rows(whole[gone:]))
    assert_same_classes(kept, classes.of_labelled(whole[gone:], named[gone:]))


STEPS = st.lists(st.tuples(st.sampled_from(["append", "replace", "delete"]), st.integers(1, 40)), max_size=25)


@given(STEPS, st.integers(0, 3))
def test_incremental_is_full_after_any_history_that_takes_few_rows_away(
    steps: list[tuple[str, int]], seed: int
) -> None:
    """As a refit does: beyond 1 % of rows taken away since the last full reading, all are read again."""
    held = rows(2000, seed=seed, mean=1.0)
    state, gone = moments.of_rows(held), 0
    for number, (step, count) in enumerate(steps):
        new = rows(count, seed=100 + number, mean=1.0)[: 0 if step == "delete" else count]
        old = held[: 0 if step == "append" else count]
        held = np.concatenate([held[len(old) :], new])
        gone += len(old)
        if gone > 0.01 * len(held):
            state, gone = moments.of_rows(held), 0
        else:
            state = moments.without(moments.merge(state, moments.of_rows(new)), moments.of_rows(old))

        assert_same_moments(state, moments.of_rows(held))


def test_a_mean_ten_thousand_times_the_deviation_costs_no_digits() -> None:
    small = rows(500).astype(np.float32)
    far = (small + np.float32(1e4)).astype(np.float32)
    exact = np.cov(far.astype(np.longdouble), rowvar=False).astype(np.float64) * 499

    parts = [moments.of_rows(part) for part in cut(far.astype(np.float64), [100, 200, 350])]

    np.testing.assert_allclose(reduce(moments.merge, parts).scatter, exact, atol=1e-9 * np.abs(exact).max())


def test_red_twin_a_raw_gram_matrix_in_float32_loses_them() -> None:
    far = (rows(500).astype(np.float32) + np.float32(1e4)).astype(np.float32)
    exact = np.cov(far.astype(np.float64), rowvar=False) * 499
    mean = far.mean(axis=0)

    raw = far.T @ far - np.float32(500) * np.outer(mean, mean)

    assert np.abs(raw - exact).max() > 0.1 * np.abs(exact).max()


def test_no_rows_are_no_moments_and_change_none() -> None:
    none, some = moments.of_rows(np.empty((0, 12))), moments.of_rows(rows(5))

    assert none.count == 0
    assert moments.merge(none, some) is some
    assert moments.merge(some, none) is some
    assert moments.without(some, some).count == 0


def test_more_rows_than_there_are_cannot_be_taken_away() -> None:
    with pytest.raises(ValueError, match="5 rows cannot be taken from 4"):
        moments.without(moments.of_rows(rows(4)), moments.of_rows(rows(5)))
    with pytest.raises(ValueError, match="more rows of class 'kiwi'"):
        classes.without(classes.of_labelled(rows(1), ["kiwi"]), classes.of_labelled(rows(2), ["kiwi", "kiwi"]))


def test_a_class_without_rows_is_none_any_more_and_none_is_no_class() -> None:
    two = classes.of_labelled(rows(3), ["kiwi", "apple", None])

    assert two.labels == ("apple", "kiwi")
    assert classes.without(two, classes.of_labelled(rows(3)[:1], ["kiwi"])).labels == ("apple",)


def test_a_class_mean_is_the_mean_of_its_rows() -> None:
    given = rows(6)

    found = classes.of_labelled(given, ["b", "a", "b", "a", "a", "b"])

    np.testing.assert_allclose(found.means(), [given[[1, 3, 4]].mean(0), given[[0, 2, 5]].mean(0)])


def test_one_row_has_a_mean_and_no_scatter() -> None:
    one: Moments = moments.of_rows(rows(1))

    assert not one.scatter.any()
