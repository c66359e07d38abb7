"""A task's part of the matrix: as CSV and Parquet for people, and as a data file of the table `reduced`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contracts.tables.reduced import COLUMNS
from spark_app.lake.arrow import fields_of
from spark_app.lake.new_files import NewFile, NewFiles
from spark_app.lake.vectors import lists
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.part_file import PartFile
from spark_app.stores.uris import of_location

ROWS = pa.schema(fields_of(COLUMNS))
"""The rows of the table `reduced`."""

_GROUP = 16_384
"""Rows of a row group: 17 MB at 256 coordinates. A group a batch would be 2 MB, in 256 columns with a page each."""

# RFC 4180: CRLF, strings in quotes, quotes in them doubled. A null label is an empty field without quotes.
_CSV = {"eol": "\r\n", "quoting_style": "needed", "quoting_header": "none"}
# Numbers do not repeat: without a dictionary of them a file takes a third of the time, and is a quarter smaller.
_PARQUET = {"compression": "zstd", "use_dictionary": ["label", "model_version"]}


@dataclass(frozen=True, slots=True)
class OutputLocation:
    """Where parts go. `uri`, a folder or s3:// prefix, is for people; `lake` is for the table. Picklable."""

    uri: str
    store: StoreSettings
    lake: NewFiles


class Part:
    """A part in its three files, each sent to the store as it grows. None exists before `close`."""

    def __init__(self, output: OutputLocation, name: str, k: int, version: str) -> None:
        self._version, self._location = version, f"{output.lake.folder}/{name}.parquet"
        names = [pa.field("photo_id", pa.string()), pa.field("label", pa.string())]
        self._wide = pa.schema(names + [pa.field(f"pc_{number}", pa.float32()) for number in range(1, k + 1)])
        self._sinks = [PartFile(output.uri, output.store, f"{name}.{suffix}") for suffix in ("csv", "parquet")]
        self._sinks.append(PartFile(of_location(output.lake.folder), output.store, f"{name}.parquet"))
        self._csv = pa_csv.CSVWriter(self._sinks[0], self._wide, write_options=pa_csv.WriteOptions(**_CSV))
        self._parquet = pq.ParquetWriter(self._sinks[1], self._wide, **_PARQUET)
        self._lake = pq.ParquetWriter(self._sinks[2], output.lake.schema, **_PARQUET)
        self._held: list[tuple[pa.RecordBatch, npt.NDArray[np.float32]]] = []

    def write(self, batch: pa.RecordBatch, coordinates: npt.NDArray[np.float32]) -> None:
        """Append n rows of `photo_id` and `label` with their coordinates, (n, k)."""
        self._held.append((batch.select(["photo_id", "label"]), coordinates))
        if sum(len(held) for _, held in self._held) >= _GROUP:
            self._write_group()

    def _write_group(self) -> None:
        names = pa.Table.from_batches([batch for batch, _ in self._held]).combine_chunks()
        coordinates = np.concatenate([held for _, held in self._held])
        self._held = []
        ids = [names.column("photo_id"), names.column("label")]
        columns = [pa.array(column) for column in np.ascontiguousarray(coordinates.T)]
        wide = pa.Table.from_arrays([*ids, *columns], schema=self._wide)
        self._csv.write_table(wide)
        self._parquet.write_table(wide)
        version = pa.array([self._version], pa.string()).take(pa.array(np.zeros(len(coordinates), np.int32)))
        made = pa.Table.from_arrays([*ids, version, lists(coordinates)], schema=ROWS)
        self._lake.write_table(made.cast(self._lake.schema))

    def close(self) -> NewFile:
        """Finish the files, and return the one of the table."""
        if self._held:
            self._write_group()
        for writer in (self._csv, self._parquet, self._lake):
            writer.close()
        for sink in self._sinks:
            sink.finish()
        return NewFile(self._location, self._sinks[2].size)
