"""(a) The floor: one single-threaded process a core, bytes in memory, decode and LiteRT, no Spark."""

import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.extract.arms.common import keep, say, task
from spark_app.network.artifact import load
from spark_app.network.engine import LiteRTEngine
from spark_app.photos.images import Decoded, decode

CORES = 2


def work(share: list[bytes], flatbuffer: bytes, size: int, passes: int, barrier: Any, results: Any, core: int) -> None:
    """Run a share `passes` times, all processes starting each pass together."""
    engine = LiteRTEngine(flatbuffer)
    spans = []
    features: list[Any] = []
    for _ in range(passes):
        barrier.wait()
        started = time.time()
        features = []
        for data in share:
            image = decode(data, size)
            if isinstance(image, Decoded):
                features.append(engine.features(image.pixels[None])[0])
        spans.append((started, time.time()))
    results.put((core, spans, np.stack(features)))


def main() -> None:
    """Measure."""
    given = task()
    artifact = load(given.artifact)
    files: list[Path] = given.files()
    context = get_context("spawn")
    barrier, results = context.Barrier(CORES), context.Queue()
    shares = [files[core::CORES] for core in range(CORES)]
    fixed = (artifact.flatbuffer, artifact.card.input_size, given.passes, barrier, results)
    processes = [
        context.Process(target=work, args=([file.read_bytes() for file in share], *fixed, core))
        for core, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    done = sorted((results.get() for _ in processes), key=lambda one: one[0])
    for process in processes:
        process.join()
    names = [given.name_of(file) for share in shares for file in share]
    keep(given.out, names, np.concatenate([features for _, _, features in done]))
    both = zip(*(spans for _, spans, _ in done), strict=True)
    say([(min(start for start, _ in each), max(end for _, end in each)) for each in both], len(files))


if __name__ == "__main__":
    main()
