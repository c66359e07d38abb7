"""Peak memory and CPU time of one decode, for the dearest photos that the limits let pass.

Run as `python -m benchmarks.photos.memory`: prints a Markdown table, with `--only HEIC` those rows of it. Each photo is
decoded in a process of its own: the largest resident memory of that process, and how much of it came with the decode
(the photo's own bytes were there before). The photos are built into `build/bench-photos/` once; HEICs take long.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import pillow_heif
import typer
from PIL import Image
from rich.progress import track

from infra.samples.files.hostile_jpeg import empty_scans

FOLDER = Path("build/bench-photos")
MEASURE = """
import sys, time
from pathlib import Path
from spark_app.photos.images import decode
from spark_app.memory import peak_mb
data = Path(sys.argv[1]).read_bytes()
before, start = peak_mb(), time.process_time()
answer = decode(data, 224)
cost = 1000 * (time.process_time() - start)
print(f"{peak_mb()} MB | {peak_mb() - before} MB | {cost:.0f} ms |", getattr(answer, "code", "decoded"))
"""

Write = Callable[[Image.Image, Path], object]


def scene(width: int, height: int, grainy: bool) -> Image.Image:
    """Paint a large picture with soft shapes and, if asked for, the grain of a sensor."""
    chance = np.random.default_rng(7)
    soft = Image.fromarray(chance.integers(0, 256, (24, 32, 3), dtype=np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    if not grainy:
        return soft  # or a lossless format would pass 25 MB
    grain = chance.integers(-6, 7, (512, width, 3), dtype=np.int16)
    pixels = np.asarray(soft)
    for top in range(0, height, 512):
        rows = pixels[top : top + 512]
        soft.paste(Image.fromarray((rows + grain[: len(rows)]).clip(0, 255).astype(np.uint8)), (0, top))
    return soft


def _with_pillow(mode: str, format: str, **options: object) -> Write:
    return lambda image, path: image.convert(mode).save(path, format, **options)


def _glass(format: str, **options: object) -> Write:
    def write(image: Image.Image, path: Path) -> None:
        image.putalpha(128)
        image.save(path, format, **options)

    return write


def _heic(alpha: bool = False, **options: object) -> Write:
    def write(image: Image.Image, path: Path) -> None:
        if alpha:
            image.putalpha(128)
        pillow_heif.from_pillow(image).save(path, quality=50, enc_params={"preset": "ultrafast"}, **options)

    return write


def _deep_heic(**options: object) -> Write:
    def write(image: Image.Image, path: Path) -> None:
        samples = np.asarray(image).astype(np.uint16) * 257
        deep = pillow_heif.from_bytes("RGB;16", image.size, samples.tobytes())
        deep.save(path, quality=50, enc_params={"preset": "ultrafast"}, **options)

    return write


def photos() -> Iterator[tuple[str, tuple[int, int], Write]]:
    """Yield a description, a size and how to write each photo."""
    phone = 8_064, 6_048
    full = {"quality": 85, "subsampling": 0, "progressive": True}
    baseline = _with_pillow("RGB", "JPEG", quality=85)
    yield "JPEG 50 MP (8,192 x 6,144), baseline", (8_192, 6_144), baseline
    yield "JPEG 64 MP (9,248 x 6,944), baseline", (9_248, 6_944), baseline
    yield "JPEG 108 MP (12,000 x 9,000), baseline", (12_000, 9_000), baseline
    yield "JPEG 200 MP (16,384 x 12,288), baseline", (16_384, 12_288), baseline
    yield "JPEG 200 MP, baseline, quality 95", (16_384, 12_288), _with_pillow("RGB", "JPEG", quality=95)
    yield "JPEG panorama (16,382 x 3,628), baseline", (16_382, 3_628), baseline
    yield "JPEG 108 MP, 4:2:0, progressive", (12_000, 9_000), _with_pillow("RGB", "JPEG", quality=85, progressive=True)
    yield "JPEG 48 MP, 4:4:4, progressive", phone, _with_pillow("RGB", "JPEG", **full)
    yield "JPEG 48 MP, CMYK, progressive", phone, _with_pillow("CMYK", "JPEG", **full)
    yield "JPEG 48 MP, grey, 64 scans", phone, lambda _, path: path.write_bytes(empty_scans(*phone, 64))
    yield (
        "JPEG 65,000 x 1,300, 4:4:4, baseline",
        (65_000, 1_300),
        _with_pillow("RGB", "JPEG", quality=85, subsampling=0),
    )
    yield "HEIC 48 MP, one picture", phone, _heic()
    yield "HEIC 48 MP, tiles of 512", phone, _heic(tile_size=512)
    yield "HEIC 59 MP, panorama of tiles of 512", (16_382, 3_628), _heic(tile_size=512)
    yield "HEIC 84 MP, one picture", (10_576, 7_936), _heic()
    yield "HEIC 48 MP, 10 bits", phone, _deep_heic(subsampling="4:2:0")
    yield "HEIC 27 MP, 10 bits, 4:4:4", (6_016, 4_512), _deep_heic(subsampling="4:4:4")
    yield "HEIC 33 MP, transparent", (6_624, 4_960), _heic(alpha=True)
    yield "AVIF 50 MP, one picture", (8_160, 6_144), _with_pillow("RGB", "AVIF", quality=50, speed=10)
    yield "AVIF 42 MP, 4:4:4", (7_488, 5_616), _with_pillow("RGB", "AVIF", quality=50, speed=10, subsampling="4:4:4")
    yield "AVIF 36 MP, transparent", (6_928, 5_200), _glass("AVIF", quality=50, speed=10)
    yield "PNG 48 MP, RGB", phone, _with_pillow("RGB", "PNG", compress_level=1)
    yield "PNG panorama (16,382 x 3,628), RGB", (16_382, 3_628), _with_pillow("RGB", "PNG", compress_level=1)
    yield "PNG screenshot (1,290 x 20,000), RGBA", (1_290, 20_000), _glass("PNG", compress_level=1)
    yield "PNG 90 MP, RGB", (10_950, 8_220), _with_pillow("RGB", "PNG", compress_level=1)
    yield "PNG 48 MP, RGBA", phone, _glass("PNG", compress_level=1)
    keyed = {"compress_level": 1, "transparency": (1, 2, 3)}
    yield "PNG 33 MP, RGB, one colour clear", (6_635, 4_974), _with_pillow("RGB", "PNG", **keyed)
    yield "PNG 44 MP, palette, transparent", (7_660, 5_745), _with_pillow("P", "PNG", transparency=bytes(range(256)))
    yield "WebP 33 MP, lossy", (6_635, 4_974), _with_pillow("RGB", "WEBP", method=0)
    yield "WebP 33 MP, lossy, transparent", (6_635, 4_974), _glass("WEBP", method=0)
    yield "WebP 33 MP, lossless, transparent", (6_635, 4_974), _glass("WEBP", lossless=True, method=0, quality=0)
    yield "WebP 48 MP, lossy", phone, _with_pillow("RGB", "WEBP", method=0)


def main(only: Annotated[str, typer.Option(help="a word of the description")] = "") -> None:
    """Measure each photo and print the table."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ["| photo | MB | peak of the process | by the decode | CPU | answer |", "|" + " --- |" * 6]
    chosen = [photo for photo in photos() if only in photo[0]]
    for name, size, write in track(chosen, "Decoding in a child process"):
        path = FOLDER / re.sub(r"\W+", "-", name)
        if not path.exists():
            write(scene(*size, grainy="PNG" not in name and "lossless" not in name), path)
        command = [sys.executable, "-c", MEASURE, str(path)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        lines.append(f"| {name} | {path.stat().st_size / 1e6:.1f} | {said} |")
    typer.echo("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
