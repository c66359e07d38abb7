"""The table `photos` as the extract job meets it: loaded once, without Spark SQL where nothing is to be changed."""

from collections.abc import Sequence
from typing import Any

import pyarrow.compute as pc

from contracts.photos.results import FEATURES, Result
from contracts.tables.photos import PHOTOS
from spark_app.lake import catalog, evolution, narrow_rows, tables
from spark_app.lake.arrow import strings
from spark_app.lake.narrow_rows import Choose
from spark_app.session import SparkRun
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.readable_file import opener


class PhotosTable:
    """A table of rows of photos. `loaded` is Iceberg's own object for it."""

    def __init__(self, run: SparkRun, name: str, store: StoreSettings, loaded: Any) -> None:
        self.run, self.name, self._store, self.loaded = run, name, store, loaded

    @classmethod
    def open(cls, run: SparkRun, name: str, store: StoreSettings) -> "PhotosTable":
        """Load the table; where it is missing or lacks a column, Spark SQL creates it or adds that, as before.

        Raises:
            GiveUp, RetryLater: see `tables.ensure_table`.
        """
        tables.refuse_odd_name(name)
        loaded = catalog.find_table(run.sparkContext, name)
        if loaded is None or evolution.missing(name, catalog.columns(run.sparkContext, loaded), PHOTOS.columns):
            tables.ensure_photos(run.sql, name)
            loaded = catalog.find_table(run.sparkContext, name)
        return cls(run, name, store, loaded)

    def current_snapshot(self) -> int | None:
        """Return the id of the snapshot that was current when the table was loaded; None while it had none."""
        return catalog.current_snapshot(self.loaded)

    def rows(
        self, snapshot_id: int, condition: Any, columns: Sequence[str], choose: Choose
    ) -> list[dict[str, Any]] | None:
        """Return columns of a snapshot's rows, of those that `choose` takes; None: only Spark can read them.

        `condition` is an Iceberg expression that those rows fulfil.
        """
        found = narrow_rows.plan(self.run.sparkContext, self.loaded, snapshot_id, condition, columns)
        return None if found is None else narrow_rows.read(found, opener(self._store), columns, choose)

    @property
    def expressions(self) -> Any:
        """Iceberg's `Expressions`."""
        jvm: Any = self.run.sparkContext._jvm
        return jvm.org.apache.iceberg.expressions.Expressions

    def results_of(self, batch_id: str, snapshot_id: int) -> list[Result]:
        """Return the results that a batch's rows stand for, as a snapshot has them."""
        self.loaded.refresh()
        mine, names = strings([batch_id]), ("photo_id", "rejection", "label", "batch_id")
        condition = self.expressions.equal("batch_id", batch_id)
        found = self.rows(snapshot_id, condition, names, lambda rows: rows.filter(pc.is_in(rows["batch_id"], mine)))
        if found is None:
            return tables.results_of(tables.batch_at(self.run.sql, self.name, batch_id, snapshot_id))
        return [Result(row["photo_id"], row["rejection"] or FEATURES, row["label"]) for row in found]
