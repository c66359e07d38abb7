"""(e) Ray Data: binary files, a pool of two actors that decode and infer, its Iceberg writer."""

import logging
import os
from pathlib import Path
from typing import Any

# Ray sees that a parent of this process is `uv run`, and would start its workers in that one's environment, where there
# is no Ray: they would never come up, and Ray would wait for them for ever.
os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"

import numpy as np
import pyarrow as pa
import ray
from pyarrow.fs import S3FileSystem
from ray.data import ActorPoolStrategy, DataContext

from benchmarks.extract.arms.common import Passes, Task, key_of, pixels, say, task
from benchmarks.extract.arms.rows import arrow_rows
from benchmarks.extract.peers import lake
from spark_app.network.engine import LiteRTEngine

CORES = 2


class Featurize:
    """An actor: one engine, one thread."""

    def __init__(self, artifact: str, size: int) -> None:
        self.engine, self.size = LiteRTEngine((Path(artifact) / "model.tflite").read_bytes()), size

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Turn a batch of bytes into rows."""
        keys = [key_of(Path(path)) for path in batch["path"].to_pylist()]
        contents = batch["bytes"].to_pylist()
        features = [self.engine.features(pixels(data, self.size)[None])[0] for data in contents]
        return arrow_rows(keys, contents, np.stack(features))


def source(given: Task, folder: Path) -> dict[str, Any]:
    """Return where photos are read from: the file system, or the S3 at the task's endpoint.

    A folder in both: given 5,240 paths, Ray looks at them for half a minute before it starts.
    """
    if not given.endpoint:
        return {"paths": str(folder)}
    return {"paths": folder.name, "filesystem": S3FileSystem(endpoint_override=given.endpoint)}


def main() -> None:
    """Measure."""
    given = task()
    # Cores as Ray's scheduler counts them, and not as they are: each of its three steps asks for whole ones, and on two
    # cores the reads would wait for those that the actors hold. Beside two busy actors they take next to no CPU.
    ray.init(num_cpus=2 * CORES, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
    DataContext.get_current().enable_progress_bars = False
    passes = Passes()
    for number, folder in enumerate(given.folders):
        lake.create(given.out, number)
        with passes.timed():
            photos = ray.data.read_binary_files(**source(given, folder), include_paths=True, override_num_blocks=24)
            rows = photos.map_batches(
                Featurize,
                fn_constructor_args=(str(given.artifact), given.input_size()),
                batch_format="pyarrow",
                batch_size=given.batch,
                compute=ActorPoolStrategy(size=CORES),
            )
            settings = {"name": "bench", **lake.catalog_settings(given.out)}
            rows.write_iceberg(lake.name_of(number), catalog_kwargs=settings)
    say(passes.spans, lake.keep_rows(given.out, number))


if __name__ == "__main__":
    main()
