"""Real features, extracted once and kept: of all photos of a folder SET/LABEL/*.jpg, by the job's own engine."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spark_app.network.artifact import CARD, Artifact, load
from spark_app.network.engine import LiteRTEngine
from spark_app.photos.images import Decoded, decode
from spark_app.photos.labels import normalised

THREADS = 2


@dataclass(frozen=True)
class Features:
    """`rows` float32 (n, d); `names` (n,): SET/LABEL/FILE; `artifact_sha256`: what they were extracted with."""

    rows: npt.NDArray[np.float32]
    names: list[str]
    artifact_sha256: str

    @property
    def labels(self) -> list[str]:
        """The folder of each photo, as the job would spell it."""
        return [normalised(name.split("/")[1]) or "" for name in self.names]

    @property
    def sets(self) -> list[str]:
        """The set of each photo."""
        return [name.split("/")[0] for name in self.names]

    def every(self, step: int) -> "Features":
        """Return each n-th photo's."""
        return Features(self.rows[::step], self.names[::step], self.artifact_sha256)


def load_or_export(folder: Path) -> Artifact:
    """Return the default artifact, exported if it is not there yet."""
    if not (folder / CARD).exists():
        from spark_app.network.backbone import ExportRequest
        from spark_app.network.litert_export import export_to

        export_to(ExportRequest(), folder)
    return load(folder)


def load_or_extract(file: Path, photos: Path, artifact: Artifact) -> Features:
    """Return the features of all photos below a folder; from `file` if it holds them."""
    found = sorted(photos.glob("*/*/*.jpg"))
    names = [str(photo.relative_to(photos)) for photo in found]
    if file.exists():
        held = np.load(file)
        if str(held["artifact_sha256"]) == artifact.card.artifact_sha256 and held["names"].tolist() == names:
            return Features(held["rows"], names, artifact.card.artifact_sha256)
    rows = extracted(found, artifact)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, rows=rows, names=np.array(names), artifact_sha256=np.array(artifact.card.artifact_sha256))
    return Features(rows, names, artifact.card.artifact_sha256)


def extracted(photos: Sequence[Path], artifact: Artifact) -> npt.NDArray[np.float32]:
    """Extract features, float32 (n, d), on `THREADS` threads with an engine each.

    Raises:
        ValueError: a photo cannot be read.
    """
    parts = np.array_split(np.arange(len(photos)), THREADS)

    def work(part: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        engine = LiteRTEngine(artifact.flatbuffer)
        return np.concatenate([_one(photos[place], engine, artifact.card.input_size) for place in part])

    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate(list(pool.map(work, [part for part in parts if len(part)])))


def _one(photo: Path, engine: LiteRTEngine, size: int) -> npt.NDArray[np.float32]:
    image = decode(photo.read_bytes(), size)
    if not isinstance(image, Decoded):
        raise ValueError(f"{photo} cannot be read: {image.detail}")
    return engine.features(image.pixels[None])
