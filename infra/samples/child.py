"""Decode many inputs in a process of their own, where a crash or a leak is seen and hurts nobody.

`python -m infra.samples.child FOLDER` decodes `FOLDER/warm/*`, then `FOLDER/inputs/*`, and prints one JSON line: what
the parent reads as a `Report`. It imports nothing but the room under test, so its memory is that of reading photos.
"""

import io
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pillow_heif
from PIL import Image

from spark_app.memory import peak_mb
from spark_app.photos.images import Decoded, decode

REPOSITORY = Path(__file__).parents[2]
HANGING_SECONDS = 300  # only a decoder that never returns takes this long for all inputs together


@dataclass(frozen=True)
class Report:
    """What decoding all inputs cost, and how it ended."""

    inputs: int
    outcomes: dict[str, int]
    most_pixels: int
    """Of the largest picture that a decoder gave."""
    worst_cpu_seconds: float
    worst: int
    """Number of the slowest input."""
    peak_mb: int
    """Largest resident memory of the whole process."""
    growth_mb: int
    """How much of it came with the inputs, after the warm-up."""
    crashed: str | None = None
    """How the process ended, if not by itself."""


def in_child(warm: Iterable[bytes], inputs: Iterable[bytes], folder: Path, bare: bool = False) -> Report:
    """Decode all inputs in a child and return its report; a child that dies is reported, not raised.

    `bare`: by the decoders themselves, with nothing in front of them.
    """
    for name, files in {"warm": warm, "inputs": inputs}.items():
        (folder / name).mkdir()
        for number, data in enumerate(files):
            (folder / name / f"{number:06}").write_bytes(data)
    command = [sys.executable, "-m", "infra.samples.child", str(folder), *(["bare"] if bare else [])]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=HANGING_SECONDS, check=False)
    if done.returncode:
        return Report(0, {}, 0, 0.0, 0, 0, 0, crashed=f"exit code {done.returncode}: {done.stderr[-500:]}")
    return Report(**json.loads(done.stdout))


def _bare(data: bytes) -> tuple[str, int]:
    try:
        if data[4:8] == b"ftyp":
            coded = pillow_heif.open_heif(io.BytesIO(data))
            return str(coded.data and "decoded"), coded.size[0] * coded.size[1]
        image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"])
        image.load()
    except Exception as error:  # noqa: BLE001 - to raise is all that they may do
        return type(error).__name__, 0
    return "decoded", image.width * image.height


def _guarded(data: bytes) -> tuple[str, int]:
    answer = decode(data, 224)
    return ("decoded", answer.width * answer.height) if isinstance(answer, Decoded) else (answer.code, 0)


def _run(folder: Path, ask: Callable[[bytes], tuple[str, int]]) -> Report:
    for path in sorted((folder / "warm").iterdir()):
        ask(path.read_bytes())
    before, worst, outcomes, most = peak_mb(), (0.0, 0), Counter[str](), 0
    for number, path in enumerate(sorted((folder / "inputs").iterdir())):
        data = path.read_bytes()
        start = time.process_time()
        answer, pixels = ask(data)
        worst = max(worst, (time.process_time() - start, number))
        outcomes[answer] += 1
        most = max(most, pixels)
    peak = peak_mb()
    return Report(outcomes.total(), dict(outcomes), most, *worst, peak_mb=peak, growth_mb=peak - before)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_run(Path(sys.argv[1]), _bare if sys.argv[2:] else _guarded))))
