"""How far a refit moved the space. Computed from two models and today's moments; no row is read again (pure)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spark_app.pca.fit import Model
from spark_app.pca.moments import Floats, Moments

REPROJECT_ABOVE = 0.10
"""Below this change a photo moves by less than a tenth of the photos' spread, so neighbours stay neighbours."""
CLOSE = 0.01
"""Components whose variances differ by less than this share may turn into one another at any refit."""


@dataclass(frozen=True)
class Drift:
    """The comparison of two models over the same rows."""

    change: float
    """Root mean square movement of a photo, as a share of the photos' spread. The photo is taken as each model keeps
    it, mapped back to the features, so axes that merely rotate within one space do not count."""
    axes_moved: float
    """The same for its coordinates, where rotated axes do count: coordinates of two versions must never be mixed."""
    reproject: bool
    """Whether `change` exceeds `threshold`, so that old coordinates should be replaced."""
    threshold: float
    principal_angles: list[float]
    """Degrees between the two spaces, ascending."""
    close_eigenvalues: list[int]
    """Indices of components whose variance is within `CLOSE` of the next one's."""
    mean_shift: list[float]
    """Along each old component, in old standard deviations."""
    variance_ratio: list[float]
    """Today's variance over the old one, along each old component."""
    residual: float
    """Share of today's variance that the old components miss."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def compare(previous: Model, model: Model, moments: Moments, threshold: float = REPROJECT_ABOVE) -> Drift:
    """Compare two models over the rows of `moments` (sample covariance, n - 1)."""
    covariance = moments.scatter / max(1, moments.count - 1)
    change = _moved(_kept(previous), _kept(model), moments)
    spread = np.maximum(previous.variances, np.finfo(np.float64).tiny)
    old = previous.components / previous.scale
    today = np.einsum("kd,dk->k", old, covariance @ old.T)
    whole = float((covariance.diagonal() / previous.scale**2).sum())
    return Drift(
        change=change,
        axes_moved=_moved(_axes(previous), _axes(model), moments),
        reproject=change > threshold,
        threshold=threshold,
        principal_angles=np.degrees(principal_angles(previous.components, model.components)).tolist(),
        close_eigenvalues=_close(model),
        mean_shift=(old @ (moments.mean - previous.mean) / np.sqrt(spread)).tolist(),
        variance_ratio=(today / spread).tolist(),
        residual=float(np.clip(1 - today.sum() / whole, 0, 1)) if whole else 0.0,
    )


@dataclass(frozen=True)
class _Map:
    """An affine map of rows: x to `offset` + `matrix` (x - `mean`)."""

    matrix: Floats
    mean: Floats
    offset: Floats | float


def _axes(model: Model) -> _Map:
    """Return the map from rows to their coordinates."""
    return _Map(model.components / model.scale, model.mean, 0.0)


def _kept(model: Model) -> _Map:
    """Return the map from rows to what the model keeps of them, as features again."""
    back = model.components.T * model.scale[:, None]
    return _Map(back @ (model.components / model.scale), model.mean, model.mean)


def _moved(old: _Map, new: _Map, moments: Moments) -> float:
    """Return sqrt(E|new - old|^2 / E|new - its mean|^2) over the rows, in closed form.

    Both maps are affine in x. So their difference has the covariance D C D', where D is the difference of the matrices,
    and its mean is its value at x's mean. Missing components count as zero.
    """
    height = max(len(old.matrix), len(new.matrix))
    before, after = (_padded(each.matrix, height) for each in (old, new))
    covariance = moments.scatter / moments.count
    apart = after - before
    at_mean = new.offset + after @ (moments.mean - new.mean) - old.offset - before @ (moments.mean - old.mean)
    moved = float(np.sum((apart @ covariance) * apart)) + float(at_mean @ at_mean)
    spread = float(np.sum((after @ covariance) * after))
    return float(np.sqrt(max(0.0, moved) / spread)) if spread > 0 else 0.0


def _padded(rows: Floats, count: int) -> Floats:
    return np.vstack([rows, np.zeros((count - len(rows), rows.shape[1]))])


def principal_angles(a: Floats, b: Floats) -> Floats:
    """Return the angles (radians, ascending) between the spans of two sets of orthonormal rows (p, d) and (q, d).

    Large angles come from cosines (A. Bjorck and G. H. Golub, Mathematics of Computation 27, 1973). Those lose small
    angles to rounding, so small ones come from sines (A. V. Knyazev and M. E. Argentati, SIAM Journal on Scientific
    Computing 23, 2002).
    """
    if len(a) < len(b):
        a, b = b, a
    cosines = np.linalg.svd(a @ b.T, compute_uv=False).clip(0, 1)[: len(b)]
    beside = b - (b @ a.T) @ a
    sines = np.linalg.svd(beside, compute_uv=False)[::-1].clip(0, 1)
    return np.asarray(np.where(cosines**2 >= 0.5, np.arcsin(sines), np.arccos(cosines)), np.float64)


def _close(model: Model) -> list[int]:
    following = np.append(model.spectrum, 0.0)[1 : len(model.variances) + 1]
    gaps = (model.variances - following) / np.maximum(model.variances, np.finfo(np.float64).tiny)
    return [int(place) for place in np.flatnonzero(gaps < CLOSE)]
