"""From moments to a PCA model: eigenvectors of the covariance, a rule for their signs, and how many to keep (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import numpy as np

from contracts.errors import GiveUp
from contracts.jobs.report import GIVE_UP
from spark_app.pca.moments import Floats, Moments, Rows
from spark_app.pca.sealed import seal, unseal

SAME_DIRECTION = 0.5
"""A component this close (cosine) to the previous model's takes over its sign; a farther one is a different one."""


class FitOutcome(StrEnum):
    """The outcomes of a fit. The first four refuse it; the others are notes on a sound model."""

    EMPTY_TABLE = "empty_table"
    ONE_ROW = "one_row"
    NOT_FINITE = "not_finite"
    NO_VARIANCE = "no_variance"
    FEWER_ROWS_THAN_COMPONENTS = "fewer_rows_than_components"
    RANK_DEFICIENT = "rank_deficient"
    CONSTANT_COLUMN = "constant_column"
    K_CAPPED = "k_capped"


class FitRefused(GiveUp):
    """These rows allow no model; `outcome` says why."""

    def __init__(self, outcome: FitOutcome, message: str) -> None:
        super().__init__(message, outcome)

    def to_dict(self) -> dict[str, str]:
        """Return the error's members of the closing report: a GiveUp, and which refusal it is."""
        return {"outcome": GIVE_UP, "refusal": self.outcome}


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How many components to keep: `k`, or the fewest that keep the share `variance`, within `k_min` and `k_max`.

    `standardize` divides each feature by its standard deviation first.
    """

    k: int | None = None
    variance: float = 0.95
    k_min: int = 2
    k_max: int = 512
    standardize: bool = False


@dataclass(frozen=True)
class Model:
    """A fitted PCA of `count` rows of width d; all arrays float64.

    `mean` (d,), `scale` (d,): ones unless standardized; `components` (k, d): unit rows; `variances` (k,); `spectrum`
    (d,): the variances along all directions, descending, none negative.
    """

    count: int
    mean: Floats
    scale: Floats
    components: Floats
    variances: Floats
    spectrum: Floats
    notes: tuple[str, ...] = ()

    @property
    def explained(self) -> Floats:
        """The share of variance that the first 1, 2, … directions keep, (d,)."""
        return cast(Floats, np.cumsum(self.spectrum) / self.spectrum.sum())

    def project(self, rows: Rows) -> Floats:
        """Return the coordinates (n, k) of rows (n, d)."""
        return ((rows.astype(np.float64) - self.mean) / self.scale) @ self.components.T


def fit(moments: Moments, settings: FitSettings, previous: Model | None = None) -> Model:
    """Fit a model. With `previous`, components that point the same way keep that model's signs.

    Raises:
        FitRefused: `empty_table`, `one_row`, or `no_variance`: all rows are the same.
    """
    _enough(moments)
    covariance = moments.scatter / (moments.count - 1)
    deviation = np.sqrt(covariance.diagonal().clip(0))
    constant = deviation <= 1e-10 * np.abs(moments.mean)  # exact zeros, and what rounding leaves of a constant
    scale = np.where(constant, 1.0, deviation) if settings.standardize else np.ones(len(moments.mean))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    spectrum, directions = values[::-1].clip(0), vectors[:, ::-1].T
    rank = int((spectrum > spectrum[0] * len(spectrum) * np.finfo(np.float64).eps).sum()) if spectrum[0] > 0 else 0
    if not rank:
        raise FitRefused(FitOutcome.NO_VARIANCE, f"all {moments.count} rows are the same: they show no direction")
    k = _components(spectrum, settings, rank)
    notes = tuple(_notes(moments, settings, rank, bool(constant.any())))
    components = _signed(directions[:k], previous)
    return Model(moments.count, moments.mean, scale, components, spectrum[:k].copy(), spectrum, notes)


def _enough(moments: Moments) -> None:
    if not moments.count:
        raise FitRefused(FitOutcome.EMPTY_TABLE, "there is no row with features: run the extract job first")
    if moments.count == 1:
        raise FitRefused(FitOutcome.ONE_ROW, "one row has no variance: a model needs at least two")


def _components(spectrum: Floats, settings: FitSettings, rank: int) -> int:
    if settings.k is not None:
        return min(settings.k, rank)
    kept = np.cumsum(spectrum) / spectrum.sum()
    enough = int(np.searchsorted(kept, settings.variance - 1e-12)) + 1
    return min(max(enough, settings.k_min), settings.k_max, rank)


def _notes(moments: Moments, settings: FitSettings, rank: int, constant: bool) -> Iterator[str]:
    width = len(moments.mean)
    if moments.count <= width:
        yield FitOutcome.FEWER_ROWS_THAN_COMPONENTS.value
    if rank < min(moments.count - 1, width):
        yield FitOutcome.RANK_DEFICIENT.value
    if constant:
        yield FitOutcome.CONSTANT_COLUMN.value
    if settings.k is not None and settings.k > rank:
        yield FitOutcome.K_CAPPED.value


def _signed(directions: Floats, previous: Model | None) -> Floats:
    """Return directions (k, d) with their signs fixed, which `eigh` leaves open.

    A sign is the previous model's where the two point the same way; else the largest loading is positive.
    Among loadings that are equal up to rounding the first one counts, so the rule does not depend on the last digit.
    """
    sizes = np.abs(directions)
    first = np.argmax(sizes >= sizes.max(axis=1, keepdims=True) * (1 - 1e-6), axis=1)
    signs = np.sign(directions[np.arange(len(directions)), first])
    if previous is not None and previous.components.shape[1] == directions.shape[1]:
        both = min(len(directions), len(previous.components))
        cosines = np.einsum("kd,kd->k", directions[:both], previous.components[:both])
        signs[:both] = np.where(np.abs(cosines) >= SAME_DIRECTION, np.sign(cosines), signs[:both])
    return cast(Floats, directions * signs[:, None])


def encode_model(model: Model) -> bytes:
    """Write a model as a sealed `.npz`, without its notes: the card holds them."""
    return seal(
        {
            "count": np.array(model.count),
            "mean": model.mean,
            "scale": model.scale,
            "components": model.components,
            "variances": model.variances,
            "spectrum": model.spectrum,
        }
    )


def decode_model(data: bytes) -> Model:
    """Read what `encode_model` wrote.

    Raises:
        GiveUp: the bytes are damaged, or hold something else.
    """
    found = unseal(data, "the model")
    mean, scale, components, variances, spectrum = (
        np.asarray(found[name], np.float64) for name in ("mean", "scale", "components", "variances", "spectrum")
    )
    return Model(int(found["count"]), mean, scale, components, variances, spectrum)
