"""The labelled photos that the suggestions are tried on: a bounded sample, spread evenly over the labels.

A photo is taken by a hash of its id, so each task of the projection knows by itself which of its photos are in the
sample, the same at each try, and the time of an upload has no say in it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_app.pca.classes import ClassSums

LEAST = 8
"""Minimum photos per label, four in each half, when many labels compete for `LIMIT`."""
LIMIT = 4096
"""Photos of the sample: 8 MB on the driver at 512 coordinates; a share of 0.9 is then known to 0.01 (two sigma)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which photos a task returns: those whose hash is below their label's share. Picklable.

    `quota` is how many of a label are kept in the end. `shares` is empty where too few photos have a label; then photos
    of any kind are taken, `share` of all.
    """

    shares: Mapping[str, float]
    quota: int
    share: float

    def places(self, photo_ids: Sequence[str], labels: Sequence[str | None]) -> list[int]:
        """Return the places of wanted photos."""
        if not self.shares:
            return [place for place, photo in enumerate(photo_ids) if hashed(photo) < self.share]
        shares = [self.shares.get(label, 0.0) if label is not None else 0.0 for label in labels]
        return [place for place, share in enumerate(shares) if share and hashed(photo_ids[place]) < share]


def hashed(photo_id: str) -> float:
    """Return a number from 0 to 1 that a photo has for good."""
    return int.from_bytes(hashlib.blake2b(photo_id.encode(), digest_size=8).digest()) / 2**64


@dataclass(frozen=True)
class Sample:
    """`coordinates` f32 (n, k), with a label for each row; no labels for photos of any kind."""

    coordinates: npt.NDArray[np.float32]
    labels: list[str]


def wanted(classes: ClassSums, count: int, limit: int = LIMIT) -> Wanted:
    """Choose about `limit` of `count` photos, spread evenly over the labels as `classes` counts them (pure)."""
    counts = dict(zip(classes.labels, classes.counts.tolist(), strict=True))
    labels, quota = fair_share(counts, limit)
    # Four sigma more than the quota, so that hardly ever fewer come; `kept` leaves out what is too much.
    enough = quota + 4 * quota**0.5
    return Wanted({label: min(1.0, enough / counts[label]) for label in labels}, quota, min(1.0, limit / max(1, count)))


def kept(
    wanted: Wanted,
    photo_ids: Sequence[str],
    labels: Sequence[str | None],
    coordinates: npt.NDArray[np.float32],
) -> Sample:
    """Return the sample of what all tasks returned: of each label at most the quota, those of the least hashes.

    Sorted by id, because sums of floats depend on the order.
    """
    ordered = sorted(range(len(photo_ids)), key=lambda place: hashed(photo_ids[place]))
    taken: dict[str | None, list[int]] = {}
    for place in ordered:
        taken.setdefault(labels[place] if wanted.shares else None, []).append(place)
    most = wanted.quota if wanted.shares else len(ordered)
    places = sorted((place for of_label in taken.values() for place in of_label[:most]), key=photo_ids.__getitem__)
    return Sample(coordinates[places], [str(labels[place]) for place in places] if wanted.shares else [])


def fair_share(counts: Mapping[str, int], limit: int) -> tuple[list[str], int]:
    """Return the labels to take, and how many photos of each at most (pure).

    A label needs two photos. Where `limit` is too small for `LEAST` photos of each label, the largest labels are taken.
    """
    labels = sorted((label for label, count in counts.items() if count > 1), key=lambda one: (-counts[one], one))
    quota = max(LEAST, limit // max(1, len(labels)))
    return labels[: limit // quota], quota
