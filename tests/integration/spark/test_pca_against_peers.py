"""The PCA of all real features is that of scikit-learn's full solver and of pyspark.ml: variances, axes, spaces.

More rows than columns on purpose: pyspark.ml's SVD in Java (F2J's dgesdd) now and then returns wrong singular values,
with no word of it, where hundreds of them are zero; the roundings that bring it about vary with the order of tasks.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from pyspark.ml import feature as spark_ml_feature
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from sklearn import decomposition

from infra.samples.features import load_or_extract
from spark_app.network import artifact
from spark_app.pca.drift import principal_angles
from spark_app.pca.fit import FitSettings, Model, fit
from spark_app.refit import feature_pass
from spark_app.refit.reading import RowsBySpark
from tests.integration.spark.gallery import some_features

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PHOTOS, KEPT = ROOT.parent / "shared" / "data", ROOT / "build" / "bench-pca" / "features.npz"
PAINTED, K = 2_000, 50
TOLERANCE = 1e-9
APART = 1e-3
"""Relative gap to both neighbours from which on a component is an axis of its own, beyond what rounding can turn."""

Floats = npt.NDArray[np.float64]
Features = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def features(artifact_folder: Path) -> Features:
    """Of all real photos; where there are none, made by hand."""
    if not PHOTOS.is_dir():
        return some_features(1, PAINTED, 1280)
    return load_or_extract(KEPT, PHOTOS, artifact.load(artifact_folder)).rows


@pytest.fixture(scope="module")
def rows(spark: SparkSession, features: Features) -> DataFrame:
    """The rows in three partitions, so that moments are merged."""
    given = {"photo_id": [str(number) for number in range(len(features))], "features": list(features)}
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    made = spark.createDataFrame(
        pd.DataFrame(given | {"label": "fruit"}),
        "photo_id string, features array<float>, label string",
    )
    return made.repartition(3).cache()


@pytest.fixture(scope="module")
def ours(rows: DataFrame) -> Model:
    return fit(feature_pass.add_up(RowsBySpark(rows, slots=3), "INSERT")["INSERT"].moments, FitSettings(k=K))


@pytest.fixture(scope="module")
def scikit(features: Features) -> decomposition.PCA:
    return decomposition.PCA(K, svd_solver="full").fit(features.astype(np.float64))


@pytest.fixture(scope="module")
def spark_ml(rows: DataFrame) -> tuple[Floats, Floats]:
    """Shares of the variance (k,) and components (k, d)."""
    vectors = rows.select(array_to_vector(rows.features).alias("v"))
    fitted = spark_ml_feature.PCA(k=K, inputCol="v", outputCol="pcs").fit(vectors)
    return fitted.explainedVariance.toArray(), fitted.pc.toArray().T


def difference(found: Floats, expected: Floats) -> float:
    return float(np.max(np.abs(found / expected - 1)))


def assert_same_axes(ours: Model, theirs: Floats) -> None:
    """Axes that stand alone are the same up to sign; the space of all of them is, whether they do or not."""
    variances = ours.spectrum[: K + 1]
    gaps = -np.diff(variances) / variances[:-1]
    alone = np.minimum(gaps, np.append(np.inf, gaps[:-1])) >= APART
    cosines = np.abs(np.einsum("kd,kd->k", ours.components, theirs))
    assert alone.sum() > K / 2
    assert cosines[alone].min() >= 1 - TOLERANCE
    ends = int(np.argmax(gaps[K // 2 :])) + K // 2 + 1  # at the widest gap a space of components is itself well defined
    assert principal_angles(ours.components[:ends], theirs[:ends]).max() < 1e-7


def test_variances_are_those_of_scikit_learns_full_solver(ours: Model, scikit: decomposition.PCA) -> None:
    assert difference(ours.variances, scikit.explained_variance_) < TOLERANCE
    np.testing.assert_allclose(ours.mean, scikit.mean_, rtol=0, atol=1e-12)


def test_components_are_those_of_scikit_learns_full_solver(ours: Model, scikit: decomposition.PCA) -> None:
    assert_same_axes(ours, scikit.components_)


def test_shares_of_variance_are_those_of_pyspark_ml(ours: Model, spark_ml: tuple[Floats, Floats]) -> None:
    assert difference(ours.variances / ours.spectrum.sum(), spark_ml[0]) < TOLERANCE


def test_components_are_those_of_pyspark_ml(ours: Model, spark_ml: tuple[Floats, Floats]) -> None:
    assert_same_axes(ours, spark_ml[1])


def test_the_same_sums_in_float32_would_be_told_apart(features: Features, scikit: decomposition.PCA) -> None:
    """The red twin: what the comparison is fine enough to see."""
    narrow = features - features.mean(axis=0)
    variances = np.linalg.eigvalsh((narrow.T @ narrow).astype(np.float64) / (len(features) - 1))[::-1][:K]
    assert TOLERANCE < difference(variances, scikit.explained_variance_) < 1e-3
