"""(f) Daft: paths, its own download, a class UDF with two instances that decode and infer, Parquet out."""

import threading
from pathlib import Path

import daft
import numpy as np
from daft import DataType, Series, col
from daft.functions import download

from benchmarks.extract.arms.common import Passes, keep, pixels, say, task
from spark_app.network.engine import LiteRTEngine

CORES = 2


@daft.cls(max_concurrency=CORES)
class Featurize:
    """One engine a thread: Daft calls one instance from several at once, and the CNN runs outside of the GIL."""

    def __init__(self, artifact: str, size: int) -> None:
        self.flatbuffer, self.size = (Path(artifact) / "model.tflite").read_bytes(), size
        self.mine = threading.local()

    @daft.method.batch(return_dtype=DataType.embedding(DataType.float32(), 1280), batch_size=64)
    def features(self, contents: Series) -> np.ndarray:
        """Turn a batch of bytes into features."""
        if not hasattr(self.mine, "engine"):
            self.mine.engine = LiteRTEngine(self.flatbuffer)
        rows = [self.mine.engine.features(pixels(data, self.size)[None])[0] for data in contents.to_pylist()]
        return np.stack(rows)


def main() -> None:
    """Measure."""
    given = task()
    paths = [str(file) for file in given.files()]
    featurize = Featurize(str(given.artifact), given.input_size())
    passes = Passes()
    for number in range(given.passes):
        target = str(given.out / f"{number}.parquet")
        with passes.timed():
            photos = daft.from_pydict({"path": paths}).into_batches(64)
            features = photos.select(col("path"), featurize.features(download(col("path"))).alias("features"))
            features.write_parquet(target, write_mode="overwrite")
    found = daft.read_parquet(f"{target}/**").to_pydict()
    keep(given.out, [path[len(str(given.photos)) + 1 :] for path in found["path"]], np.stack(found["features"]))
    say(passes.spans, len(paths))


if __name__ == "__main__":
    main()
