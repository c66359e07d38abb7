"""Do features feel that colours are converted on the small square? Against the whole photo converted by LittleCMS.

Run as `python -m benchmarks.photos.colour --photos DIR --artifact DIR`: prints a Markdown table. Photos in `DIR` are
`<set>/<label>/*.jpg`. Each is given a profile twice: `written` is what a phone sends, the scene of the photo converted
into the space and compressed anew; `tagged` lets the bytes of the photo mean colours of the space, many beyond sRGB.
`--large KIND` makes large photos of them first (`infra.samples.files.large`).
"""

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from rich.progress import track

from infra.samples.colours import SPACES, as_srgb, converted_first, tagged, written
from infra.samples.files.large import KINDS
from infra.samples.files.profiles import PROFILES
from infra.samples.reading import PROMISED, cosine, network, ours, scaled
from spark_app.photos.colour import srgb_transform
from spark_app.photos.formats.colour import Icc
from spark_app.photos.pixels import first_step

COUNT = 100


def least_milliseconds(run: Callable[[], object], times: int = 20) -> float:
    """Return the least CPU time of some runs, as `timeit` advises: what is more is other programs' doing."""
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append(1000 * (time.process_time() - start))
    return min(found)


def converting(image: Image.Image, profile: bytes, size: int) -> Callable[[], object]:
    """Return the conversion of a photo, at the size at which it is done, by a transform that is known."""
    transform = srgb_transform(Icc(profile), False)
    if transform is None:
        raise ValueError("a profile of sRGB")
    pixels = np.asarray(first_step(image, size) if transform.wide else image.resize((size, size)))
    return lambda: transform(pixels)


def understanding(profile: bytes) -> object:
    """Understand a profile that was not seen before."""
    srgb_transform.cache_clear()
    return srgb_transform(Icc(profile), False)


def line(space: str, way: str, photos: list[bytes], artifact: Path) -> str:
    """Measure one space and one way: a table row."""
    features, size = network(artifact)
    profile, make = PROFILES[space], {"written": written, "tagged": tagged}[way]
    found, costs = [], []
    for data in track(photos, f"{space}, {way}"):
        photo = make(data, profile)
        right = features(converted_first(photo, profile, size))
        found.append([cosine(right, features(pixels)) for pixels in (as_srgb(photo, size), ours(photo, size))])
        costs.append(least_milliseconds(converting(scaled(photo, size).convert("RGB"), profile, size)))
    (before, lowest_before), (after, lowest) = zip(np.median(found, axis=0), np.min(found, axis=0), strict=True)
    below = sum(cosines[1] < PROMISED for cosines in found)
    return (
        f"| {space}, {way} | {lowest_before:.3f} | {before:.3f} | {lowest:.5f} | {after:.5f} | {below} of {len(found)} "
        f"| {np.median(costs):.2f} ms | {least_milliseconds(partial(understanding, profile)):.2f} ms |"
    )


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")],
    artifact: Annotated[Path, typer.Option(help="folder of an exported model")],
    street: Annotated[str, typer.Option(help="the set whose photos are taken")] = "street",
    large: Annotated[str | None, typer.Option(help=f"make them large first: {', '.join(KINDS)}")] = None,
    count: Annotated[int, typer.Option(help="photos, 0: all")] = COUNT,
) -> None:
    """Print how far features are from those of the photo that was converted first, and what converting costs."""
    paths = sorted((photos / street).glob("*/*.jpg"))
    random.Random(0).shuffle(paths)
    numbers = range(len(paths[: count or None]))
    chosen = [KINDS[large](paths, number) if large else paths[number].read_bytes() for number in numbers]
    typer.echo(
        "| photos | read as sRGB: lowest | median | converted: lowest | median | below 0.999 | cost | a new profile |"
    )
    typer.echo("|" + " --- |" * 8)
    for space in SPACES:
        for way in ("written", "tagged"):
            typer.echo(line(space, way, chosen, artifact))
    features, size = network(artifact)
    spent = least_milliseconds(lambda: features(as_srgb(chosen[0], size)))
    typer.echo(f"\nIn the same run the network took {spent:.2f} ms a photo.")


if __name__ == "__main__":
    typer.run(main)
