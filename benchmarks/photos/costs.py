"""CPU time of a 12 MP HEIC and AVIF, and for each MB of them: what `contracts.photos.costs` plans with.

Run as `python -m benchmarks.photos.costs --photos DIR`: prints a Markdown table. Photos in `DIR` are
`<set>/<label>/*.jpg`; large ones are made of them (`infra.samples.files.large`), squashed to 4032 x 3024 and encoded by
x265 and libaom. A phone's own encoder makes other bytes; decoding costs pixels first and bytes second.
"""

import io
import random
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import pillow_heif
import typer
from PIL import Image
from rich.progress import track

from infra.samples.files.large import KINDS
from spark_app.photos.images import Decoded, decode

SIZE = 4_032, 3_024
ROUNDS = 3
CONTENT = ("grainy-8", "side-by-side-64")  # with the grain of a sensor, and sharper than any photo


def _heic(image: Image.Image, **options: object) -> bytes:
    target = io.BytesIO()
    pillow_heif.from_pillow(image).save(target, quality=60, enc_params={"preset": "ultrafast"}, **options)
    return target.getvalue()


def _avif(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "AVIF", quality=60, speed=10)
    return target.getvalue()


ENCODE: Mapping[str, Callable[[Image.Image], bytes]] = {
    "heic, one picture": _heic,
    "heic, tiles of 512": lambda image: _heic(image, tile_size=512),
    "avif": _avif,
}


def seconds(data: bytes) -> float:
    """Return the CPU time of one decode, the median of several."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        answer = decode(data, 224)
        rounds.append(time.process_time() - start)
        if not isinstance(answer, Decoded):
            raise ValueError(f"not decoded: {answer}")
    return statistics.median(rounds)


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")],
    street: Annotated[str, typer.Option(help="the set whose photos are made large")] = "street",
    count: Annotated[int, typer.Option(help="large photos of each kind")] = 1,
) -> None:
    """Print what decoding costs, by encoding and kind of content."""
    paths = sorted((photos / street).glob("*/*.jpg"))
    random.Random(0).shuffle(paths)
    typer.echo("| encoding | content | MB | CPU | CPU for each MB |\n|" + " --- |" * 5)
    for kind in CONTENT:
        large = [Image.open(io.BytesIO(KINDS[kind](paths, number))).resize(SIZE) for number in range(count)]
        for name, encode in track(ENCODE.items(), kind):
            files = [encode(image) for image in large]
            cost, size = sum(seconds(data) for data in files), sum(len(data) for data in files) / 1e6
            each = f"{size / count:.1f} | {1000 * cost / count:.0f} ms | {1000 * cost / size:.0f} ms"
            typer.echo(f"| {name} | {kind} | {each} |")


if __name__ == "__main__":
    typer.run(main)
