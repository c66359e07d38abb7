"""Do features feel the short cuts of decoding? JPEG scaling in the decoder, and the two-step resize of all formats.

Run as `python -m benchmarks.photos.scaling --photos DIR --artifact DIR`: prints a Markdown table. Photos in `DIR` are
`<set>/<label>/*.jpg`. The photos at hand are small, so large ones are made of them in two ways: enlarged eight times
(smooth, like a phone photo at full size) and 36 of them side by side (as sharp as a picture can be).
"""

import io
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from rich.progress import track

from spark_app.images import Decoded, decode

Pixels = npt.NDArray[np.uint8]
Features = npt.NDArray[np.float32]
ENLARGED, SIDE_BY_SIDE = 8, 6


def network(artifact: Path) -> tuple[Callable[[Pixels], Features], int]:
    """Return the network of an artifact as a function of pixels, and its input size."""
    interpreter = Interpreter(model_path=str(artifact / "model.tflite"), num_threads=1)
    interpreter.allocate_tensors()
    entry, out = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def features(pixels: Pixels) -> Features:
        interpreter.set_tensor(entry["index"], pixels[np.newaxis].astype(np.float32))
        interpreter.invoke()
        found: Features = interpreter.get_tensor(out["index"])[0]
        return found

    return features, int(entry["shape"][1])


def reference(data: bytes, size: int) -> Pixels:
    """Decode every pixel and resize in one step, as the reference notebook does."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((size, size), Image.Resampling.BICUBIC))


def at_gap(data: bytes, size: int, gap: float) -> Pixels:
    """Decode and resize with a gap: at least `gap` times the wanted pixels are left for the exact step."""
    image = JpegImageFile(io.BytesIO(data))
    image.draft(None, (round(gap * size), round(gap * size)))
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=gap))


def two_steps(data: bytes, size: int, gap: float) -> Pixels:
    """Decode every pixel and resize in two steps: what PNG, WebP and HEIC get, which have no decoding at a scale."""
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    return np.asarray(whole.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=gap))


WAYS: dict[str, Callable[[bytes, int], Pixels]] = {
    "all pixels, one step": reference,
    **{f"scaled, gap {gap}": partial(at_gap, gap=gap) for gap in (1.0, 1.5, 2.0, 3.0, 4.0)},
    "all pixels, two steps, gap 2.0": partial(two_steps, gap=2.0),
    "all pixels, two steps, gap 3.0": partial(two_steps, gap=3.0),
}


def large_photos(paths: list[Path], count: int) -> Iterator[tuple[str, bytes]]:
    """Yield large JPEGs, made of the photos at hand, by the way they were made."""
    for path in paths[:count]:
        photo = Image.open(path).convert("RGB")
        whole = photo.resize((photo.width * ENLARGED, photo.height * ENLARGED), Image.Resampling.LANCZOS)
        yield "enlarged", _jpeg(whole)
    for number in range(count):
        chosen = random.Random(number).sample(paths, SIDE_BY_SIDE**2)
        whole = Image.new("RGB", (348 * SIDE_BY_SIDE, 348 * SIDE_BY_SIDE))
        for place, path in enumerate(chosen):
            corner = 348 * (place % SIDE_BY_SIDE), 348 * (place // SIDE_BY_SIDE)
            whole.paste(Image.open(path).convert("RGB").resize((348, 348)), corner)
        yield "side by side", _jpeg(whole)


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=92)
    return target.getvalue()


def cosine(left: Features, right: Features) -> float:
    """Return the cosine of two feature vectors."""
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))


def main(
    photos: Annotated[Path, typer.Option(help="folder of <set>/<label>/*.jpg")],
    artifact: Annotated[Path, typer.Option(help="folder with model.tflite")],
    street: Annotated[str, typer.Option(help="the set whose photos are made large")] = "street",
    count: Annotated[int, typer.Option(help="large photos of each kind")] = 200,
) -> None:
    """Print how far features move with each gap, and how many real photos are read exactly as the reference does."""
    features, size = network(artifact)
    everything = sorted(photos.glob("*/*/*.jpg"))
    same = sum(_identical(path.read_bytes(), size) for path in track(everything, "Real photos"))
    typer.echo(f"{same:,} of {len(everything):,} real photos give the reference's pixels, bit for bit, at {size}.\n")
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    paths = sorted((photos / street).glob("*/*.jpg"))
    random.Random(0).shuffle(paths)
    for kind, data in track(large_photos(paths, count), "Large photos", total=2 * count):
        whole = features(reference(data, size))
        for way, read in WAYS.items():
            start = time.process_time()
            pixels = read(data, size)
            seconds = time.process_time() - start
            found.setdefault((kind, way), []).append((cosine(whole, features(pixels)), seconds))
    typer.echo(
        "| large photos | way | lowest cosine | mean cosine | decode and resize, CPU |\n| --- | --- | --- | --- | --- |"
    )
    for (kind, way), rows in found.items():
        cosines, cpu = zip(*rows, strict=True)
        typer.echo(f"| {kind} | {way} | {min(cosines):.5f} | {np.mean(cosines):.5f} | {1000 * np.mean(cpu):.1f} ms |")


def _identical(data: bytes, size: int) -> bool:
    answer = decode(data, size)
    return isinstance(answer, Decoded) and np.array_equal(answer.pixels, reference(data, size))


if __name__ == "__main__":
    typer.run(main)
