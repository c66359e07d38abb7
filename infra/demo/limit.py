"""The machine's limit: decode and CNN alone, one single-threaded process a core, bytes already in memory, no Spark.

A run's share of this limit is its efficiency: the one measure of its speed that compares between machines.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from spark_app.network.engine import LiteRTEngine
from spark_app.photos.images import Decoded, decode


def images_per_second(files: Sequence[Path], flatbuffer: bytes, input_size: int, seconds: float, cores: int) -> float:
    """Measure for about `seconds` after a warm-up, and return photos per second of all cores together."""
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        shares = [[file.read_bytes() for file in files[core::cores]] for core in range(cores)]
        rates = [pool.submit(_rate, share, flatbuffer, input_size, seconds) for share in shares if share]
        return sum(rate.result() for rate in rates)


def _rate(photos: Sequence[bytes], flatbuffer: bytes, input_size: int, seconds: float) -> float:
    engine = LiteRTEngine(flatbuffer)
    _pass(photos[:8], engine, input_size)
    done, started = 0, perf_counter()
    while (elapsed := perf_counter() - started) < seconds:
        done += _pass(photos[done % len(photos) :][:32], engine, input_size)
    return done / elapsed


def _pass(photos: Sequence[bytes], engine: LiteRTEngine, input_size: int) -> int:
    for data in photos:
        image = decode(data, input_size)
        if isinstance(image, Decoded):
            engine.features(image.pixels[None])
    return len(photos)
