"""On real features, dividing by deviations spreads the variance over many more components: as two peers published."""

from pathlib import Path

import numpy as np
import pytest

from infra.samples.carried import carried
from infra.samples.features import extracted
from spark_app.models.card import components_for
from spark_app.network.artifact import load
from spark_app.pca import moments
from spark_app.pca.fit import FitSettings, fit

pytestmark = pytest.mark.slow


def needed(sums: moments.Moments, share: float) -> tuple[int, int]:
    """Return how many components keep a share: standardised, centred."""
    standardised, centred = (fit(sums, FitSettings(standardize=each)) for each in (True, False))
    return components_for(standardised, share), components_for(centred, share)


def test_standardised_features_need_more_components_than_centred_ones_and_most_at_small_shares(
    artifact_folder: Path,
) -> None:
    photos = [path for paths in carried().values() for path in paths][::2]
    sums = moments.of_rows(extracted(photos, load(artifact_folder)))

    standardised, centred = needed(sums, 0.80)
    assert standardised > 1.2 * centred  # 2.8 times on 5,240 photos of one set: `python -m benchmarks.variance`
    assert needed(sums, 0.95) > (standardised, centred)


def test_red_twin_features_that_all_vary_alike_need_as_many_either_way() -> None:
    sums = moments.of_rows(np.random.default_rng(0).normal(size=(400, 60)))
    standardised, centred = needed(sums, 0.80)
    assert standardised <= 1.2 * centred
