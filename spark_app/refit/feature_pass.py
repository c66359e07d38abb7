"""One pass over feature rows: from a DataFrame to moments and class sums.

Each task keeps one running sum and sends it to the driver as bytes. The driver gets at most `MAX_STATES` of them,
however many rows there are, and merges them in the order of the partitions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame

from contracts.errors import GiveUp
from spark_app.lake.vectors import UnusableRowError, matrix
from spark_app.pca import classes, moments, moments_state
from spark_app.pca.classes import ClassSums
from spark_app.pca.fit import FitOutcome, FitRefused
from spark_app.pca.moments import Moments
from spark_app.pca.sealed import seal, unseal

ROWS_PER_BLOCK = 2048
"""10 MB at 1280 features: the product of a block then costs more than merging it (`make bench-pca`)."""

MAX_STATES = 32
"""At 1280 features a state is 6.6 MB, so at most 210 MB reach the driver."""

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


def add_up(rows: DataFrame, slots: int) -> dict[str, Sums]:
    """Read rows of `photo_id`, `label`, `features`, `change`, and return their sums for each value of `change`.

    Raises:
        FitRefused: `not_finite`; the message names the photo.
        GiveUp: features are missing or of different widths; the message names the photo.
    """
    columns = rows.select("photo_id", "label", "features", "change")
    found = columns.coalesce(max(1, min(slots, MAX_STATES))).mapInArrow(_task, _SCHEMA).collect()
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


def _task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    totals: dict[str, Sums] = {}
    for batch in batches:
        try:
            add(batch, totals)
        except UnusableRowError as error:
            # Returned, not raised: Spark would try the task three times more.
            yield _row("", b"", batch.column("photo_id")[error.index].as_py(), error.problem)
            return
    for change in sorted(totals):
        yield _row(change, to_bytes(totals[change]), None, None)


def _row(change: str, state: bytes, photo_id: str | None, problem: str | None) -> pa.RecordBatch:
    cells = zip((change, state, photo_id, problem), (pa.string(), pa.binary(), pa.string(), pa.string()), strict=True)
    return pa.RecordBatch.from_arrays([pa.array([value], kind) for value, kind in cells], names=_NAMES)


def add(batch: pa.RecordBatch, totals: dict[str, Sums]) -> None:
    """Add a batch to `totals`, separately for each value of its column `change`.

    Raises:
        UnusableRowError: a row's features are missing, of another width than the first's, NaN or infinite.
    """
    if batch.num_rows == 0:
        return
    rows = matrix(batch.column("features"))
    labels = batch.column("label").to_pylist()
    changes = batch.column("change").dictionary_encode()
    kinds = changes.indices.to_numpy(zero_copy_only=False)
    for number, change in enumerate(changes.dictionary.to_pylist()):
        chosen = np.flatnonzero(kinds == number)
        whole = len(chosen) == len(rows)
        part = rows if whole else rows[chosen]
        block = _sums(part, labels if whole else [labels[index] for index in chosen], chosen)
        totals[change] = totals[change].plus(block) if change in totals else block


def _sums(rows: npt.NDArray[np.float32], labels: list[str | None], positions: npt.NDArray[np.intp]) -> Sums:
    with np.errstate(invalid="ignore"):  # the check below finds infinity minus infinity
        found = moments.of_rows(rows)
    # A NaN or an infinity anywhere reaches the mean, so d numbers are checked and not n x d.
    if not np.isfinite(found.mean).all():
        bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        raise UnusableRowError(int(positions[bad[0]]), FitOutcome.NOT_FINITE)
    return Sums(found, classes.of_labelled(rows, labels))


def to_bytes(sums: Sums) -> bytes:
    """Write sums as bytes: one triangle of the scatter matrix, and a checksum."""
    return seal(moments_state.to_arrays(sums.moments, sums.classes))


def from_bytes(data: bytes) -> Sums:
    """Read what `to_bytes` wrote.

    Raises:
        GiveUp: the bytes are damaged.
    """
    return Sums(*moments_state.from_arrays(unseal(data, "a task's sums")))
