"""Drift: what the moments alone say is what the rows would say."""

import json

import numpy as np
import pytest

from spark_app.pca import drift, moments
from spark_app.pca.drift import principal_angles
from spark_app.pca.fit import FitSettings, Model, fit
from tests.unit.pca.rows import Rows, rows


def fitted(given: Rows, k: int, standardize: bool = False) -> Model:
    return fit(moments.of_rows(given), FitSettings(k=k, standardize=standardize))


def kept(model: Model, given: Rows) -> Rows:
    return model.mean + (model.project(given) @ model.components) * model.scale


def padded(given: Rows, width: int) -> Rows:
    return np.pad(given, ((0, 0), (0, width - given.shape[1])))


def moved(old: Rows, new: Rows) -> float:
    apart = ((new - old) ** 2).sum(1).mean()
    return float(np.sqrt(apart / ((new - new.mean(0)) ** 2).sum(1).mean()))


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize(("k_old", "k_new"), [(4, 4), (3, 6), (6, 3)])
def test_the_closed_forms_are_the_means_over_the_rows(k_old: int, k_new: int, standardize: bool) -> None:
    before, after = rows(300, seed=1), np.concatenate([rows(300, seed=1), rows(200, seed=2, mean=0.3)])
    old, new = fitted(before, k_old, standardize), fitted(after, k_new, standardize)

    found = drift.compare(old, new, moments.of_rows(after))

    assert found.change == pytest.approx(moved(kept(old, after), kept(new, after)), rel=1e-9)
    width = max(k_old, k_new)
    expected = moved(padded(old.project(after), width), padded(new.project(after), width))
    assert found.axes_moved == pytest.approx(expected, rel=1e-9)
    seen = old.project(after)
    np.testing.assert_allclose(found.variance_ratio, seen.var(0, ddof=1) / old.variances, rtol=1e-9)
    np.testing.assert_allclose(found.mean_shift, seen.mean(0) / np.sqrt(old.variances), atol=1e-9)
    scaled = (after - after.mean(0)) / old.scale
    beside = scaled - scaled @ old.components.T @ old.components
    assert found.residual == pytest.approx((beside**2).sum() / (scaled**2).sum(), rel=1e-6, abs=1e-12)


def test_the_same_rows_are_no_change() -> None:
    given = rows(300)
    model = fitted(given, 4)

    found = drift.compare(model, model, moments.of_rows(given))

    assert found.change < 1e-7
    assert not found.reproject
    assert max(found.principal_angles) < 1e-6
    np.testing.assert_allclose(found.variance_ratio, 1)


def test_axes_that_turn_within_one_space_are_no_change_of_the_space_but_move_coordinates() -> None:
    given = rows(300)
    model = fitted(given, 4)
    turn = np.linalg.qr(rows(4, 4, seed=3))[0]
    turned = Model(300, model.mean, model.scale, turn @ model.components, model.variances, model.spectrum)

    found = drift.compare(model, turned, moments.of_rows(given))

    assert found.change < 1e-6
    assert found.axes_moved > 0.1


def test_another_kind_of_photos_means_to_project_again() -> None:
    before = rows(300, seed=1)
    after = np.concatenate([before, rows(300, seed=7, mean=2.0)])

    found = drift.compare(fitted(before, 3), fitted(after, 3), moments.of_rows(after))

    assert found.change > found.threshold
    assert found.reproject
    assert found.residual > 0.05


@pytest.mark.parametrize("angle", [1e-12, 1e-8, 1e-3, 0.5, 1.0, np.pi / 2 - 1e-8, np.pi / 2])
def test_an_angle_is_found_to_the_last_digits_however_small(angle: float) -> None:
    a = np.eye(5)[:2]
    b = np.array([[1.0, 0, 0, 0, 0], [0, np.cos(angle), np.sin(angle), 0, 0]])

    found = principal_angles(a, b)

    assert found[0] == pytest.approx(0, abs=1e-15)
    assert found[1] == pytest.approx(angle, rel=1e-9)
    np.testing.assert_allclose(principal_angles(b, a), found)


def test_red_twin_by_cosines_alone_a_small_angle_is_none() -> None:
    assert np.arccos(np.cos(1e-9)) == 0.0


def test_close_variances_are_named() -> None:
    model = fitted(rows(300), 4)
    spectrum = np.array([4.0, 2.0, 1.995, 1.0, *[0.1] * 8])
    close = Model(300, model.mean, model.scale, model.components, spectrum[:4], spectrum)

    assert drift.compare(model, close, moments.of_rows(rows(300))).close_eigenvalues == [1]


def test_the_report_is_plain_json() -> None:
    given = rows(300)
    found = drift.compare(fitted(given, 3), fitted(given, 4), moments.of_rows(given)).to_dict()

    assert json.loads(json.dumps(found, allow_nan=False)) == found
