"""One pass over feature rows, to moments and class sums.

Each task keeps one running sum and sends it to the driver as bytes. The driver gets at most one a task of `reading`,
however many rows there are, and merges them in the order of the partitions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.errors import GiveUp
from spark_app.lake.vectors import UnusableRowError, matrix
from spark_app.pca import classes, moments, moments_state
from spark_app.pca.classes import ClassSums
from spark_app.pca.fit import FitOutcome, FitRefused
from spark_app.pca.moments import Moments, RunningMoments
from spark_app.pca.sealed import seal, unseal
from spark_app.refit.reading import Rows

_SCHEMA = "change string, state binary, photo_id string, problem string"
_NAMES = ["change", "state", "photo_id", "problem"]


@dataclass(frozen=True)
class Sums:
    """The moments and class sums of a set of rows."""

    moments: Moments
    classes: ClassSums

    def plus(self, other: "Sums") -> "Sums":
        """Return the sums of both sets of rows."""
        return Sums(moments.merge(self.moments, other.moments), classes.merge(self.classes, other.classes))

    def minus(self, other: "Sums") -> "Sums":
        """Return the sums without the rows of `other`, which these contain."""
        return Sums(moments.without(self.moments, other.moments), classes.without(self.classes, other.classes))


def nothing(width: int) -> Sums:
    """Return the sums of no rows."""
    return Sums(moments.empty(width), classes.empty(width))


class _Running:
    """The sums of rows that come block by block."""

    def __init__(self, width: int) -> None:
        self._width, self._moments, self._classes = width, RunningMoments(width), classes.empty(width)

    def add(self, rows: npt.NDArray[np.float32], labels: list[str | None], positions: npt.NDArray[np.intp]) -> None:
        """Add rows; `positions` are theirs in the batch that they come from."""
        if rows.shape[1] != self._width:
            raise UnusableRowError(int(positions[0]), f"{rows.shape[1]} features, {self._width} in the row before")
        if not self._moments.add(rows):
            bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
            raise UnusableRowError(int(positions[bad[0]]), FitOutcome.NOT_FINITE)
        self._classes = classes.merge(self._classes, classes.of_labelled(rows, labels))

    def sums(self) -> Sums:
        """Return the sums so far."""
        return Sums(self._moments.moments(), self._classes)


def add_up(rows: Rows, change: str | None = None) -> dict[str, Sums]:
    """Go through rows and return their sums for each value of their column `change`, or all of them as `change`.

    Raises:
        FitRefused: `not_finite`; the message names the photo.
        GiveUp: features are missing or of different widths; the message names the photo.
    """

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _states(batches, change)

    found = rows.through(task, _SCHEMA).collect()
    for row in found:
        if row.problem is not None:
            raise _refusal(row.photo_id, row.problem)
    return _merged(found)


def _refusal(photo_id: str, problem: str) -> GiveUp:
    if problem == FitOutcome.NOT_FINITE:
        return FitRefused(
            FitOutcome.NOT_FINITE,
            f"photo {photo_id} has a feature that is NaN or infinite: delete its row, or extract its batch again",
        )
    return GiveUp(f"photo {photo_id}: {problem}; extract its batch again")


def _merged(rows: list[Any]) -> dict[str, Sums]:
    totals: dict[str, Sums] = {}
    while rows:
        row = rows.pop(0)  # one state decoded at a time
        part = from_bytes(bytes(row.state))
        total = totals.get(row.change)
        if total is not None and total.moments.mean.shape != part.moments.mean.shape:
            widths = f"{len(total.moments.mean)} and {len(part.moments.mean)}"
            raise GiveUp(f"features of one artifact have different widths, {widths}: extract their batches again")
        totals[row.change] = part if total is None else total.plus(part)
    return totals


def _states(batches: Iterable[pa.RecordBatch], change: str | None) -> Iterator[pa.RecordBatch]:
    totals: dict[str, _Running] = {}
    for batch in batches:
        try:
            _add(batch, change, totals)
        except UnusableRowError as error:
            # Returned, not raised: Spark would try the task three times more.
            yield _row("", b"", batch.column("photo_id")[error.index].as_py(), error.problem)
            return
    for each in sorted(totals):
        sums = totals.pop(each).sums()  # its blocks are let go before the state, as large again, is written
        yield _row(each, to_bytes(sums), None, None)


def _row(change: str, state: bytes, photo_id: str | None, problem: str | None) -> pa.RecordBatch:
    cells = zip((change, state, photo_id, problem), (pa.string(), pa.binary(), pa.string(), pa.string()), strict=True)
    return pa.RecordBatch.from_arrays([pa.array([value], kind) for value, kind in cells], names=_NAMES)


def _add(batch: pa.RecordBatch, change: str | None, totals: dict[str, _Running]) -> None:
    if batch.num_rows == 0:
        return
    rows = matrix(batch.column("features"))
    labels = batch.column("label").to_pylist()
    for each, chosen in _by_change(batch, change):
        whole = len(chosen) == len(rows)
        part, named = (rows, labels) if whole else (rows[chosen], [labels[index] for index in chosen])
        totals.setdefault(each, _Running(rows.shape[1])).add(part, named, chosen)


def _by_change(batch: pa.RecordBatch, change: str | None) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    if change is not None:
        yield change, np.arange(batch.num_rows)
        return
    changes = batch.column("change").dictionary_encode()
    kinds = changes.indices.to_numpy(zero_copy_only=False)
    for number, each in enumerate(changes.dictionary.to_pylist()):
        yield each, np.flatnonzero(kinds == number)


def to_bytes(sums: Sums) -> bytes:
    """Write sums as bytes: one triangle of the scatter matrix, and a checksum."""
    return seal(moments_state.to_arrays(sums.moments, sums.classes))


def from_bytes(data: bytes) -> Sums:
    """Read what `to_bytes` wrote.

    Raises:
        GiveUp: the bytes are damaged.
    """
    return Sums(*moments_state.from_arrays(unseal(data, "a task's sums")))
