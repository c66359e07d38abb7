"""(f) Daft: paths, its own download, a class UDF that decodes and infers on Daft's threads, its Iceberg writer."""

import os
import threading
from pathlib import Path

import daft
import numpy as np
from daft import DataType, Series, col
from daft.functions import download
from daft.io import IOConfig, S3Config

from benchmarks.extract.arms.common import Passes, Task, files, key_of, pixels, say, task
from benchmarks.extract.arms.rows import arrow_rows
from benchmarks.extract.peers import lake
from spark_app.network.engine import LiteRTEngine

ROW = DataType.struct(
    {
        "photo_id": DataType.string(),
        "size_bytes": DataType.int64(),
        "content_sha256": DataType.string(),
        "features": DataType.list(DataType.float32()),
    }
)


# With `max_concurrency`, Daft starts a process for each instance, anew for each query: 100 small photos take it 9 s of
# CPU, and 2 s in its own threads, one a core.
@daft.cls(use_process=False)
class Featurize:
    """One engine a thread: Daft calls one instance from several at once, and the CNN runs outside of the GIL."""

    def __init__(self, artifact: str, size: int, batch: int) -> None:
        self.flatbuffer, self.size, self.batch = (Path(artifact) / "model.tflite").read_bytes(), size, batch
        self.mine = threading.local()

    @daft.method.batch(return_dtype=ROW, unnest=True)
    def row(self, keys: Series, contents: Series) -> Series:
        """Turn a batch of bytes into rows."""
        if not hasattr(self.mine, "engine"):
            self.mine.engine = LiteRTEngine(self.flatbuffer)
        names, loaded = keys.to_pylist(), contents.to_pylist()
        features = [self.mine.engine.features(pixels(data, self.size)[None])[0] for data in loaded]
        rows = arrow_rows(names, loaded, np.stack(features)).drop_columns("key")
        return Series.from_arrow(rows.to_struct_array().combine_chunks())


def store(given: Task) -> IOConfig:
    """Return where photos are read from: the file system, or the S3 at the task's endpoint."""
    if not given.endpoint:
        return IOConfig()
    keys = {"key_id": os.environ["AWS_ACCESS_KEY_ID"], "access_key": os.environ["AWS_SECRET_ACCESS_KEY"]}
    region = os.environ.get("AWS_REGION", "eu-west-3")
    return IOConfig(s3=S3Config(endpoint_url=given.endpoint, region_name=region, use_ssl=False, **keys))


def main() -> None:
    """Measure."""
    given = task()
    featurize = Featurize(str(given.artifact), given.input_size(), given.batch)
    passes = Passes()
    for number, folder in enumerate(given.folders):
        root = f"s3://{folder.name}" if given.endpoint else str(folder)
        keys = [key_of(file) for file in files(folder)]
        table = lake.create(given.out, number)
        with passes.timed():
            photos = daft.from_pydict({"key": keys, "path": [f"{root}/{key}" for key in keys]})
            fetched = photos.into_batches(given.batch).select(
                col("key"), download(col("path"), io_config=store(given)).alias("content")
            )
            fetched.select(col("key"), featurize.row(col("key"), col("content"))).write_iceberg(table)
    say(passes.spans, lake.keep_rows(given.out, number))


if __name__ == "__main__":
    main()
