"""(a) The floor: one single-threaded process a core, bytes in memory, decode and LiteRT, no Spark and no table."""

import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.extract.arms.common import files, keep, key_of, say, task
from spark_app.network.artifact import load
from spark_app.network.engine import LiteRTEngine
from spark_app.photos.images import Decoded, decode

CORES = 2


def work(shares: list[list[Path]], flatbuffer: bytes, size: int, barrier: Any, results: Any, core: int) -> None:
    """Run a share of each pass, all processes starting each pass together."""
    engine = LiteRTEngine(flatbuffer)
    spans = []
    features: list[Any] = []
    for share in shares:
        contents = [file.read_bytes() for file in share]
        barrier.wait()
        started = time.time()
        features = []
        for data in contents:
            image = decode(data, size)
            if isinstance(image, Decoded):
                features.append(engine.features(image.pixels[None])[0])
        spans.append((started, time.time()))
    results.put((core, spans, np.stack(features)))


def shares_of(folders: Sequence[Path], core: int) -> list[list[Path]]:
    """Return the photos of one core in each pass."""
    return [files(folder)[core::CORES] for folder in folders]


def main() -> None:
    """Measure."""
    given = task()
    artifact = load(given.artifact)
    context = get_context("spawn")
    barrier, results = context.Barrier(CORES), context.Queue()
    fixed = (artifact.flatbuffer, artifact.card.input_size, barrier, results)
    shares = [shares_of(given.folders, core) for core in range(CORES)]
    processes = [context.Process(target=work, args=(shares[core], *fixed, core)) for core in range(CORES)]
    for process in processes:
        process.start()
    done = sorted((results.get() for _ in processes), key=lambda one: one[0])
    for process in processes:
        process.join()
    keys = [key_of(file) for share in shares for file in share[-1]]
    keep(given.out, keys, np.concatenate([features for _, _, features in done]))
    both = zip(*(spans for _, spans, _ in done), strict=True)
    say([(min(start for start, _ in each), max(end for _, end in each)) for each in both], len(keys))


if __name__ == "__main__":
    main()
