"""(e) Ray Data: binary files, a pool of two actors that decode and infer, Parquet out."""

import logging
import os
from pathlib import Path

# Ray sees that a parent of this process is `uv run`, and would start its workers in that one's environment, where there
# is no Ray: they would never come up, and Ray would wait for them for ever.
os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"

import numpy as np
import ray
from ray.data import ActorPoolStrategy, DataContext

from benchmarks.extract.arms.common import Passes, keep, pixels, say, task
from spark_app.network.engine import LiteRTEngine

CORES = 2


class Featurize:
    """An actor: one engine, one thread."""

    def __init__(self, artifact: str, size: int) -> None:
        self.engine, self.size = LiteRTEngine((Path(artifact) / "model.tflite").read_bytes()), size

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Turn a batch of bytes into features."""
        rows = [self.engine.features(pixels(data, self.size)[None])[0] for data in batch["bytes"]]
        return {"path": batch["path"], "features": np.stack(rows)}


def main() -> None:
    """Measure."""
    given = task()
    # Cores as Ray's scheduler counts them, and not as they are: each of its three steps asks for whole ones, and on two
    # cores the reads would wait for those that the actors hold. Beside two busy actors they take next to no CPU.
    ray.init(num_cpus=2 * CORES, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
    DataContext.get_current().enable_progress_bars = False
    passes = Passes()
    for number in range(given.passes):
        target = str(given.out / f"{number}.parquet")
        with passes.timed():
            # The folder: given 5,240 paths, Ray looks at them for half a minute before it starts.
            photos = ray.data.read_binary_files(str(given.photos), include_paths=True, override_num_blocks=24)
            features = photos.map_batches(
                Featurize,
                fn_constructor_args=(str(given.artifact), given.input_size()),
                batch_size=64,
                compute=ActorPoolStrategy(size=CORES),
            )
            features.write_parquet(target)
    found = ray.data.read_parquet(target).take_all()
    keep(
        given.out,
        [row["path"][len(str(given.photos)) + 1 :] for row in found],
        np.stack([r["features"] for r in found]),
    )
    say(passes.spans, len(found))


if __name__ == "__main__":
    main()
