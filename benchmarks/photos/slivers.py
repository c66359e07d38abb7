"""How much of a picture may be missing before the network feels it: `SLIVER` of `spark_app.photos.formats.picture`.

Run as `python -m benchmarks.photos.slivers --photos DIR --artifact DIR`: prints a Markdown table. Photos are made
large as in `scaling`, written in each format and cut as short as a limit lets pass; their features are compared with
those of the whole file.
"""

import io
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image
from rich.progress import track

from infra.samples.files.large import enlarged
from infra.samples.reading import PROMISED, cosine, network
from spark_app.photos.images import Decoded, PhotoLimits, decode

SHARES = (0.001, 0.002, 0.005, 0.01)
TIMES = 4  # of 348 pixels: small for a phone, large enough for a hundredth to be more than one block
KINDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {"quality": 90}),
    "JPEG, progressive": ("JPEG", {"quality": 90, "progressive": True}),
    "PNG": ("PNG", {}),
    "WebP, lossy": ("WEBP", {"quality": 85}),
    "WebP, lossless": ("WEBP", {"lossless": True}),
}


def written(photo: Image.Image, kind: str) -> bytes:
    """Write a photo as one of the kinds."""
    target = io.BytesIO()
    name, options = KINDS[kind]
    photo.save(target, name, **options)
    return target.getvalue()


def shortest(data: bytes, size: int, limits: PhotoLimits) -> tuple[int, Decoded]:
    """Return the fewest bytes that are still read, found by halving, and what they are read as."""
    few, enough, answer = 0, len(data), decode(data, size, limits)
    while enough - few > 1:
        middle = (few + enough) // 2
        read = decode(data[:middle], size, limits)
        if isinstance(read, Decoded):
            enough, answer = middle, read
        else:
            few = middle
    if not isinstance(answer, Decoded):
        raise ValueError(f"not decoded: {answer}")
    return enough, answer


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")],
    artifact: Annotated[Path, typer.Option(help="folder of an exported model")],
    street: Annotated[str, typer.Option(help="the set whose photos are made large")] = "street",
    count: Annotated[int, typer.Option(help="photos")] = 20,
    only: Annotated[list[str] | None, typer.Option(help="kinds, all if none is named")] = None,
    share: Annotated[list[float], typer.Option(help="shares that may be missing")] = list(SHARES),  # noqa: B006
) -> None:
    """Print the cosine of the features of photos that are cut as short as each share lets pass."""
    features, size = network(artifact)
    paths = sorted((photos / street).glob("*/*.jpg"))
    random.Random(0).shuffle(paths)
    chosen = [Image.open(io.BytesIO(enlarged(paths, number, TIMES))) for number in range(count)]
    typer.echo("| format | may be missing | bytes cut, median | lowest cosine | median cosine | below 0.999 |")
    typer.echo("|" + " --- |" * 6)
    for kind in KINDS if only is None else only:
        files = [written(photo, kind) for photo in chosen]
        wholes = [features(read.pixels) for data in files if isinstance(read := decode(data, size), Decoded)]
        for allowed in share:
            limits, cosines, cut = replace(PhotoLimits(), sliver=allowed), [], []
            for data, whole in zip(track(files, f"{kind} {allowed}"), wholes, strict=True):
                left, answer = shortest(data, size, limits)
                cut.append(len(data) - left)
                cosines.append(cosine(whole, features(answer.pixels)))
            low = f"{min(cosines):.5f} | {np.median(cosines):.5f} | {sum(one < PROMISED for one in cosines)}"
            typer.echo(f"| {kind} | {100 * allowed:g} % | {np.median(cut):.0f} | {low} of {count} |")


if __name__ == "__main__":
    typer.run(main)
