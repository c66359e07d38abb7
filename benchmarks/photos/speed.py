"""What our care costs per call: `decode` against the bare `Image.open(...).convert("RGB").resize(...)`.

Run as `python -m benchmarks.photos.speed --photos DIR`: prints a Markdown table of CPU time in us per photo, the median
of several rounds in which the two take turns.
"""

import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from PIL import Image

from spark_app.formats import jpeg
from spark_app.images import decode

ROUNDS = 15


def bare(data: bytes, size: int) -> npt.NDArray[np.uint8]:
    """Read a photo as the reference notebook does, trusting the bytes."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((size, size)))


def microseconds(work: Callable[[bytes], object], photos: list[bytes]) -> float:
    """Return the mean CPU time of one call, in microseconds."""
    start = time.process_time()
    for data in photos:
        work(data)
    return 1e6 * (time.process_time() - start) / len(photos)


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")],
    size: Annotated[int, typer.Option(help="the network's input size")] = 224,
    count: Annotated[int, typer.Option(help="photos of each set")] = 300,
) -> None:
    """Print the CPU time per photo, set by set."""
    ways: dict[str, Callable[[bytes], object]] = {
        "bare": lambda data: bare(data, size),
        "decode": lambda data: decode(data, size),
        "of which: walk the header": jpeg.inspect,
    }
    typer.echo("| set | " + " | ".join(ways) + " |\n|" + " --- |" * (len(ways) + 1))
    for folder in sorted(path for path in photos.iterdir() if path.is_dir()):
        paths = sorted(folder.glob("*/*.jpg"))
        chosen = [path.read_bytes() for path in paths[:: max(1, len(paths) // count)]]
        rounds = [[microseconds(work, chosen) for work in ways.values()] for _ in range(ROUNDS)]
        medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
        typer.echo(f"| {folder.name} | " + " | ".join(f"{median:.0f} µs" for median in medians) + " |")


if __name__ == "__main__":
    typer.run(main)
