"""Do features feel the short cuts of decoding? JPEG scaling in the decoder, and the two-step resize of all formats.

Run as `python -m benchmarks.photos.scaling --photos DIR --artifact DIR`: says of the photos as they are how many are
decoded at a smaller scale, then prints a Markdown table of large ones made of them (`infra.samples.files.large`).
Photos in `DIR` are `<set>/<label>/*.jpg`. `--gaps` adds the ways that were not taken.
"""

import io
import random
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from rich.progress import track

from infra.samples.files.large import KINDS
from infra.samples.reading import PROMISED, Pixels, Read, at_gap, cosine, network, ours, reference, scaled
from spark_app.network import artifact as artifacts


def two_steps(data: bytes, size: int, gap: float) -> Pixels:
    """Decode every pixel and resize in two steps: what PNG, WebP and HEIC get, which have no decoding at a scale."""
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    return np.asarray(whole.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=gap))


TAKEN: dict[str, Read] = {"as we do": ours}
OTHERS: dict[str, Read] = {
    **{f"scaled, gap {gap}": partial(at_gap, gap=gap) for gap in (1.0, 1.5, 2.0, 4.0)},
    **{f"all pixels, two steps, gap {gap}": partial(two_steps, gap=gap) for gap in (2.0, 3.0)},
}


def timed(read: Read, data: bytes, size: int) -> tuple[Pixels, float]:
    """Return the pixels and the CPU seconds they took."""
    start = time.process_time()
    pixels = read(data, size)
    return pixels, time.process_time() - start


def as_they_are(folder: Path, size: int) -> str:
    """Say how many photos of a set are scaled, and how many give the reference's pixels."""
    photos = [path.read_bytes() for path in track(sorted(folder.glob("*/*.jpg")), folder.name)]
    smaller = sum(scaled(data, size).size != Image.open(io.BytesIO(data)).size for data in photos)
    same = sum(np.array_equal(ours(data, size), reference(data, size)) for data in photos)
    return (
        f"{folder.name}: {len(photos):,} photos, {smaller:,} decoded at a smaller scale, {same:,} bit for bit the same."
    )


def lines_of(kind: str, paths: list[Path], ways: dict[str, Read], artifact: Path) -> list[str]:
    """Measure all ways on one kind of large photos: a table row each."""
    features, size = network(artifact)
    rows: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    fractions, slow = [], []
    for number in track(range(len(paths)), kind):
        data = KINDS[kind](paths, number)
        fractions.append(Image.open(io.BytesIO(data)).width / scaled(data, size).width)
        pixels, seconds = timed(reference, data, size)
        whole = features(pixels)
        slow.append(seconds)
        for way, read in ways.items():
            pixels, seconds = timed(read, data, size)
            rows[way].append((cosine(whole, features(pixels)), seconds))
    at_scale = f"{sum(fraction > 1 for fraction in fractions):,} of {len(paths):,}, at 1/{np.mean(fractions):.0f}"
    lines = []
    for way, found in rows.items():
        cosines, cpu = zip(*found, strict=True)
        below = sum(value < PROMISED for value in cosines)
        cost = f"{1000 * np.mean(cpu):.1f} ms for {1000 * np.mean(slow):.1f} ms"
        lines.append(
            f"| {kind} | {at_scale} | {way} | {min(cosines):.5f} | {np.mean(cosines):.5f} | {below} | {cost} |"
        )
    return lines


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")],
    artifact: Annotated[Path, typer.Option(help="folder of an exported model")],
    street: Annotated[str, typer.Option(help="the set whose photos are made large")] = "street",
    kind: Annotated[list[str], typer.Option(help="how they are made large")] = list(KINDS),  # noqa: B006 - typer copies
    count: Annotated[int, typer.Option(help="large photos of each kind, 0: as many as there are photos")] = 100,
    gaps: Annotated[bool, typer.Option(help="measure the ways that were not taken too")] = False,
) -> None:
    """Print how many photos are scaled, how far that moves their features, and what it saves."""
    size = artifacts.load(artifact).card.input_size
    for folder in sorted(path for path in photos.iterdir() if path.is_dir()):
        typer.echo(as_they_are(folder, size))
    paths = sorted((photos / street).glob("*/*.jpg"))
    random.Random(0).shuffle(paths)
    typer.echo("\n| large photos | scaled | way | lowest cosine | mean cosine | below 0.999 | decode, CPU |")
    typer.echo("|" + " --- |" * 7)
    ways = {**TAKEN, **OTHERS} if gaps else TAKEN
    for name in kind:
        typer.echo("\n".join(lines_of(name, paths[: count or None], ways, artifact)))


if __name__ == "__main__":
    typer.run(main)
