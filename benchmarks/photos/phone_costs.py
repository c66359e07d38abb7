"""What a phone's photo costs a worker, step by step, and what an app could send in its place.

Run as `python -m benchmarks.photos.phone_costs --artifact DIR`: prints a Markdown table of CPU time, the median over
the same scenes in each kind (`benchmarks.photos.phones`). The cosine is to the features of the 12 MP JPEG of the scene,
each read whole and resized in one step, so that it shows the files alone and no short cut of our decoding.
"""

import io
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pillow_heif
import typer
from PIL import Image
from rich.progress import track

from benchmarks.photos.phones import KINDS, scene, street_photos
from infra.samples.reading import cosine, network, ours
from spark_app.photos.formats import heif, jpeg

ROUNDS = 3
HEAD = (
    "| file | MB | all pixels | as the job reads | of that the container | CNN | photos/s of a core "
    "| lowest cosine | median |"
)
Step = Callable[[], Any]


def milliseconds(step: Step) -> float:
    """Return the least CPU time of some rounds."""
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        step()
        found.append(1e3 * (time.process_time() - start))
    return min(found)


def decoded(data: bytes) -> Image.Image:
    """Decode every pixel, on one thread."""
    if data[4:8] != b"ftyp":
        return Image.open(io.BytesIO(data)).convert("RGB")
    pillow_heif.options.DECODE_THREADS = 1
    return pillow_heif.open_heif(data).to_pillow()


def costs(data: bytes, size: int, features: Callable[..., Any]) -> list[float]:
    """Return milliseconds: all pixels, as the job reads, of that the walk of the container, and the network."""
    walk = heif.inspect if data[4:8] == b"ftyp" else jpeg.inspect
    pixels = ours(data, size)
    steps: tuple[Step, ...] = (
        lambda: decoded(data),
        lambda: ours(data, size),
        lambda: walk(data),
        lambda: features(pixels),
    )
    return [milliseconds(step) for step in steps]


def whole(data: bytes, size: int) -> Any:
    """Read all pixels and resize in one step."""
    return np.asarray(decoded(data).resize((size, size), Image.Resampling.BICUBIC))


def row(title: str, files: list[bytes], near: list[float], found: list[list[float]]) -> str:
    """Return a row of the table."""
    every, read, walked, cnn = np.median(found, axis=0)
    weight = np.mean([len(data) for data in files]) / 1e6
    return (
        f"| {title} | {weight:.2f} | {every:.1f} ms | {read:.1f} ms | {walked:.2f} ms | {cnn:.1f} ms "
        f"| {1e3 / (read + cnn):.3g} | {min(near):.4f} | {np.median(near):.4f} |"
    )


def main(
    artifact: Annotated[Path, typer.Option(help="folder of an exported model")],
    count: Annotated[int, typer.Option(help="scenes")] = 12,
) -> None:
    """Print the CPU time of each kind of file, and how far its features are from those of the 12 MP JPEG."""
    features, size = network(artifact)
    paths = street_photos()
    scenes = [scene(paths, number) for number in range(count)]
    kinds: Mapping[str, list[bytes]] = {
        kind.title: [kind.encoded(one) for one in track(scenes, kind.title)] for kind in KINDS.values()
    }
    reference = [features(whole(data, size)) for data in kinds[KINDS["12mp"].title]]
    typer.echo(HEAD)
    typer.echo("|" + " --- |" * 9)
    for title, files in kinds.items():
        near = [cosine(right, features(whole(data, size))) for right, data in zip(reference, files, strict=True)]
        typer.echo(row(title, files, near, [costs(data, size, features) for data in files]))


if __name__ == "__main__":
    typer.run(main)
