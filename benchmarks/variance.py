"""How many components keep how much of the variance, beside two published numbers: `python -m benchmarks.variance`.

Both peers took the 22,688 photos of Fruits-360's test set (release 2020.05.18) and MobileNetV2's 1280 features. To
check them, on a machine with the internet, with the unpacked release as FRUITS:

    fruits backbone export --backbone mobilenet_v2 --out build/artifacts/mobilenet    # fetches Keras' own weights
    python -m benchmarks.variance --photos FRUITS --sets Test --artifact build/artifacts/mobilenet

Without arguments the photos at hand and the default artifact are taken: other photos and another network, so only the
kind can be compared.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from infra.samples import features
from spark_app.models.card import MARKS, components_for
from spark_app.network.backbones import artifact_name
from spark_app.pca import moments
from spark_app.pca.fit import FitSettings, Model, fit

ROOT = Path(__file__).resolve().parents[1]
STANDARDISED = {0.80: 162, 0.95: 557, 0.99: 983}
"""One peer: components that keep a share of the variance, each feature divided by its deviation."""
CENTRED = {42: 0.704, 57: 0.75, 200: 0.907}
"""The other peer: the share that so many components keep, features centred alone."""


def main() -> None:
    """Extract features, fit both ways, print both tables."""
    parser = argparse.ArgumentParser("benchmarks.variance", description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=Path, default=ROOT.parent / "shared" / "data", help="folders SET/LABEL/*.jpg")
    parser.add_argument("--sets", default="fruits360", help="sets to take, comma-separated (default: %(default)s)")
    parser.add_argument("--artifact", type=Path, default=ROOT / "build" / "artifacts" / artifact_name())
    a = parser.parse_args()
    artifact = features.load_or_export(a.artifact)
    kept = ROOT / "build" / "bench-variance" / f"{artifact.card.artifact_sha256[:16]}.npz"
    found = features.load_or_extract(kept, a.photos, artifact)
    rows = found.rows[np.isin(found.sets, a.sets.split(","))]
    console = Console(highlight=False)
    console.print(f"{len(rows):,} photos of {a.sets}, {artifact.card.backbone}, {rows.shape[1]} features")
    standardised, centred = both(rows)
    table = Table("share kept", "standardised", "the peer's", "centred")
    for mark in MARKS:
        needed = [components_for(model, mark) for model in (standardised, centred)]
        table.add_row(f"{mark:.0%}", str(needed[0]), str(STANDARDISED[mark]), str(needed[1]))
    console.print(table)
    table = Table("centred components", "share kept", "the peer's", "standardised")
    for count, share in CENTRED.items():
        shares = [f"{model.explained[count - 1]:.1%}" for model in (centred, standardised)]
        table.add_row(str(count), shares[0], f"{share:.1%}", shares[1])
    console.print(table)


def both(rows: npt.NDArray[np.float32]) -> tuple[Model, Model]:
    """Return the models of rows (n, d), standardised and centred alone, by the refit's own mathematics."""
    sums = moments.of_rows(rows)
    return fit(sums, FitSettings(standardize=True)), fit(sums, FitSettings())


if __name__ == "__main__":
    main()
