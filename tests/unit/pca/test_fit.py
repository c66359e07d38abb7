"""The fit: what scikit-learn finds, signs that stay, and a name for whatever is odd about the rows."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from contracts.errors import GiveUp
from spark_app.pca import moments
from spark_app.pca.drift import principal_angles
from spark_app.pca.fit import FitOutcome, FitRefused, FitSettings, Model, decode_model, encode_model, fit
from spark_app.pca.moments import Moments
from tests.unit.pca.rows import rows

ALL = FitSettings(k=12)


@pytest.mark.parametrize("seed", range(3))
def test_components_and_variances_are_those_of_a_full_svd(seed: int) -> None:
    given = rows(400, seed=seed, mean=5.0)
    reference = PCA(svd_solver="full").fit(given)

    model = fit(moments.of_rows(given), ALL)

    np.testing.assert_allclose(model.variances, reference.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(model.explained, np.cumsum(reference.explained_variance_ratio_), rtol=1e-9)
    cosines = np.abs(np.einsum("kd,kd->k", model.components, reference.components_))
    assert cosines.min() >= 1 - 1e-9
    np.testing.assert_allclose(np.abs(model.project(given)), np.abs(reference.transform(given)), atol=1e-8)


def test_where_variances_are_equal_the_space_is_the_same_if_not_its_axes() -> None:
    given = np.concatenate([np.eye(6)[:, :3], -np.eye(6)[:, :3]]) @ np.linalg.qr(rows(3, 3))[0]
    reference = PCA(svd_solver="full").fit(given)

    model = fit(moments.of_rows(given), FitSettings(k=3))

    assert principal_angles(model.components, reference.components_[:3]).max() < 1e-9


def test_standardized_is_the_pca_of_standardized_rows() -> None:
    given = rows(300, mean=2.0) * np.geomspace(1, 1000, 12)
    reference = PCA(svd_solver="full").fit((given - given.mean(0)) / given.std(0, ddof=1))

    model = fit(moments.of_rows(given), FitSettings(k=12, standardize=True))

    np.testing.assert_allclose(model.variances, reference.explained_variance_, rtol=1e-9)
    assert model.variances.sum() == pytest.approx(12)


def test_signs_are_the_same_over_100_shuffles() -> None:
    given = rows(200)
    random = np.random.default_rng(0)
    model = fit(moments.of_rows(given), ALL)

    for _ in range(100):
        other = fit(moments.of_rows(random.permutation(given)), ALL)
        np.testing.assert_allclose(other.components, model.components, atol=1e-9)


def test_the_largest_loading_is_positive() -> None:
    model = fit(moments.of_rows(rows(200)), ALL)

    assert all(component[np.argmax(np.abs(component))] > 0 for component in model.components)


@pytest.mark.parametrize("last_digits", [-1e-9, 0.0, 1e-9])
def test_of_loadings_that_are_equal_up_to_rounding_the_first_is_positive(last_digits: float) -> None:
    axis = np.array([1.0, -1.0 - last_digits])
    model = fit(Moments(10, np.zeros(2), np.outer(axis, axis)), FitSettings(k=1))

    assert model.components[0, 0] > 0 > model.components[0, 1]


def test_signs_follow_the_previous_model() -> None:
    given = moments.of_rows(rows(200))
    first = fit(given, ALL)
    turned = Model(first.count, first.mean, first.scale, -first.components, first.variances, first.spectrum)

    np.testing.assert_array_equal(fit(given, ALL, turned).components, -first.components)


def test_a_previous_model_that_points_elsewhere_or_is_of_another_width_changes_no_sign() -> None:
    given = moments.of_rows(rows(200))
    plain = fit(given, ALL)
    elsewhere = Model(
        2, plain.mean, plain.scale, -np.roll(plain.components, 1, axis=0), plain.variances, plain.spectrum
    )
    narrow = fit(moments.of_rows(rows(20, 3)), FitSettings(k=2))

    assert np.array_equal(fit(given, ALL, elsewhere).components, plain.components)
    assert np.array_equal(fit(given, ALL, narrow).components, plain.components)


@pytest.mark.parametrize(("settings", "k"), [
    (FitSettings(variance=0.5), 2), (FitSettings(variance=0.5, k_min=1), 1), (FitSettings(variance=1.0), 12),
    (FitSettings(variance=0.999999, k_max=3), 3), (FitSettings(k=7), 7), (FitSettings(k=1), 1),
])  # fmt: skip
def test_k_is_given_or_the_fewest_that_keep_the_share_within_its_bounds(settings: FitSettings, k: int) -> None:
    model = fit(moments.of_rows(rows(400)), settings)

    assert len(model.variances) == len(model.components) == k
    assert model.explained[-1] == pytest.approx(1)


def test_nothing_is_noted_of_sound_rows() -> None:
    assert fit(moments.of_rows(rows(400)), FitSettings()).notes == ()


def test_fewer_rows_than_components_are_noted_and_k_is_cut() -> None:
    model = fit(moments.of_rows(rows(5)), ALL)

    assert len(model.variances) == 4
    assert model.notes == (FitOutcome.FEWER_ROWS_THAN_COMPONENTS, FitOutcome.K_CAPPED)


def test_rank_deficient_rows_are_noted() -> None:
    flat = rows(400, 4) @ rows(4, 12, seed=9)

    model = fit(moments.of_rows(flat), FitSettings(k=12))

    assert model.notes == (FitOutcome.RANK_DEFICIENT, FitOutcome.K_CAPPED)
    assert len(model.variances) == 4
    assert (model.spectrum >= 0).all()


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_a_constant_column_is_noted_and_never_divided_by(value: float) -> None:
    given = rows(400)
    given[:, 3] = value

    model = fit(moments.of_rows(given), FitSettings(standardize=True))

    assert FitOutcome.CONSTANT_COLUMN in model.notes
    assert model.scale[3] == 1.0
    assert np.isfinite(model.project(given)).all()


@pytest.mark.parametrize(("count", "outcome"), [(0, FitOutcome.EMPTY_TABLE), (1, FitOutcome.ONE_ROW)])
def test_too_few_rows_are_refused_by_name(count: int, outcome: FitOutcome) -> None:
    with pytest.raises(FitRefused, match=outcome.value) as refused:
        fit(moments.of_rows(rows(count)), FitSettings())

    assert refused.value.outcome is outcome


def test_rows_that_are_all_the_same_are_refused_by_name() -> None:
    with pytest.raises(FitRefused, match="no_variance: all 9 rows are the same"):
        fit(moments.of_rows(np.ones((9, 12))), FitSettings())


def test_a_model_is_read_as_it_was_written_and_a_damaged_one_refused() -> None:
    model = fit(moments.of_rows(rows(50)), FitSettings())
    data = encode_model(model)

    found = decode_model(data)

    for name in ("mean", "scale", "components", "variances", "spectrum"):
        assert np.array_equal(getattr(found, name), getattr(model, name))
    with pytest.raises(GiveUp, match="the model is damaged"):
        decode_model(data[:100] + b"x" + data[101:])
