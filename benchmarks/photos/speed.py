"""What reading a photo costs: `decode`, the bare `Image.open(…).convert("RGB").resize(…)`, and the network after it.

Run as `python -m benchmarks.photos.speed --photos DIR --artifact DIR`: prints a Markdown table of CPU time per photo,
the median of several rounds in which all take turns.
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

from infra.samples.reading import network, ours
from spark_app.photos.formats import jpeg

ROUNDS = 5


def bare(data: bytes, size: int) -> npt.NDArray[np.uint8]:
    """Read a photo as the reference notebook does, trusting the bytes."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((size, size)))


def milliseconds(work: Callable[[bytes], object], photos: list[bytes]) -> float:
    """Return the mean CPU time of one call, in milliseconds."""
    start = time.process_time()
    for data in photos:
        work(data)
    return 1e3 * (time.process_time() - start) / len(photos)


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")],
    artifact: Annotated[Path, typer.Option(help="folder of an exported model")],
    count: Annotated[int, typer.Option(help="photos of each set")] = 300,
) -> None:
    """Print the CPU time per photo, set by set."""
    features, size = network(artifact)
    typer.echo("| set | bare | decode | of which: walk the header | network | decode to network |\n|" + " --- |" * 6)
    for folder in sorted(path for path in photos.iterdir() if path.is_dir()):
        paths = sorted(folder.glob("*/*.jpg"))
        chosen = [path.read_bytes() for path in paths[:: max(1, len(paths) // count)]][:count]
        read = {data: ours(data, size) for data in chosen}
        ways: list[Callable[[bytes], object]] = [
            lambda data: bare(data, size),
            lambda data: ours(data, size),
            jpeg.inspect,
            lambda data, read=read: features(read[data]),  # type: ignore[misc]
        ]
        rounds = [[milliseconds(work, chosen) for work in ways] for _ in range(ROUNDS)]
        plain, ours_ms, header, cnn = (statistics.median(column) for column in zip(*rounds, strict=True))
        costs = " | ".join(f"{cost:.2f} ms" for cost in (plain, ours_ms))
        typer.echo(f"| {folder.name} | {costs} | {header:.3f} ms | {cnn:.2f} ms | {100 * ours_ms / cnn:.1f} % |")


if __name__ == "__main__":
    typer.run(main)
