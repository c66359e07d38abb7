"""CPU time of one core that a photo takes: read, and given to each artifact, by kinds of photos."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.artifact_choice.candidates import REFERENCE
from benchmarks.backbones.measure import spread
from benchmarks.photos.phones import KINDS, scene, street_photos
from benchmarks.photos.speed import milliseconds
from infra.samples.reading import Pixels, ours
from spark_app.network.artifact import Artifact
from spark_app.network.engine import LiteRTEngine

READING = "reading"
PHONES = ("3mp", "12mp", "heic")


def kinds(photos: Path, count: int, phones: int) -> dict[str, list[bytes]]:
    """Return the bytes of `count` photos of each set below a folder, and of `phones` photos as a phone writes them."""
    found = {
        folder.name: [file.read_bytes() for file in spread(sorted(folder.glob("*/*.jpg")), count)]
        for folder in sorted(path for path in photos.iterdir() if path.is_dir())
    }
    scenes = [scene(street_photos(photos), number) for number in range(phones)]
    return found | {KINDS[kind].title: [KINDS[kind].encoded(one) for one in scenes] for kind in PHONES}


def measured(
    artifacts: Mapping[str, Artifact], of: Mapping[str, Sequence[bytes]], rounds: int
) -> dict[str, dict[str, float]]:
    """Return for each kind the milliseconds of `READING` and of each artifact's CNN: medians, all take turns."""
    return {kind: _of_kind(artifacts, list(photos), rounds) for kind, photos in of.items()}


def _of_kind(artifacts: Mapping[str, Artifact], photos: list[bytes], rounds: int) -> dict[str, float]:
    size = artifacts[REFERENCE].card.input_size
    turns: dict[str, list[float]] = {READING: [], **{name: [] for name in artifacts}}
    engines = {name: LiteRTEngine(one.flatbuffer) for name, one in artifacts.items()}
    pixels = {name: [ours(data, one.card.input_size) for data in photos] for name, one in artifacts.items()}
    for _ in range(rounds):
        turns[READING].append(milliseconds(lambda data: ours(data, size), photos))
        for name, engine in engines.items():
            turns[name].append(_network(engine, photos, pixels[name]))
    return {name: round(median(found), 2) for name, found in turns.items()}


def _network(engine: LiteRTEngine, photos: list[bytes], pixels: Sequence[Pixels]) -> float:
    waiting = iter(pixels)
    return milliseconds(lambda _: engine.features(next(waiting)[None]), photos)
