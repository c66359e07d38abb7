"""The artifacts that are compared, and their features of all photos: made once, kept below `build`."""

from dataclasses import dataclass
from pathlib import Path

from infra.samples import features
from infra.samples.carried import PHOTOS
from infra.samples.features import Features
from spark_app.network.artifact import CARD, Artifact, load
from spark_app.network.backbone import ExportRequest
from spark_app.network.litert_export import export_to

BUILD = Path(__file__).parents[2] / "build" / "bench-artifact"
REFERENCE, CANDIDATE = "224-fp32", "224-int8"


@dataclass(frozen=True, slots=True)
class Candidate:
    """How an artifact is exported. `calibration` is what int8 takes its value ranges from."""

    input_size: int
    precision: str
    calibration: Path | None = None


# Calibrated on the photos that every clone carries, as a default would be: 200 of them, studio and shops.
CANDIDATES = {
    REFERENCE: Candidate(224, "fp32"),
    CANDIDATE: Candidate(224, "int8", PHOTOS),
    "192-fp32": Candidate(192, "fp32"),
    "192-int8": Candidate(192, "int8", PHOTOS),
    "160-fp32": Candidate(160, "fp32"),
    "160-int8": Candidate(160, "int8", PHOTOS),
    # What becomes of int8 where the photos to come are not like those that it was calibrated on.
    "224-int8, calibrated in the studio": Candidate(224, "int8", PHOTOS / "fruits360"),
    "224-int8, calibrated in shops": Candidate(224, "int8", PHOTOS / "street"),
}


def load_or_export(name: str) -> Artifact:
    """Return a candidate's artifact, exported below `BUILD` if it is not there yet (about a minute).

    Raises:
        GiveUp: the export fails, or what is there does not belong together.
    """
    folder = BUILD / name.replace(", ", "-").replace(" ", "-")
    if not (folder / CARD).exists():
        one = CANDIDATES[name]
        request = ExportRequest(input_size=one.input_size, precision=one.precision, calibration=one.calibration)
        export_to(request, folder)
    return load(folder)


def load_or_extract(name: str, photos: Path) -> Features:
    """Return a candidate's features of all photos SET/LABEL/*.jpg below a folder: float32 (n, 1280).

    Raises:
        GiveUp: the export fails.
        ValueError: a photo cannot be read.
    """
    artifact = load_or_export(name)
    return features.load_or_extract(BUILD / f"{artifact.card.artifact_sha256[:16]}-{photos.name}.npz", photos, artifact)
