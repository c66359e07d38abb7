"""`fruits backbone export|verify`: the artifact of the CNN that executors run."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.cli.errors import show_errors
from spark_app.network.backbones import BACKBONES, DEFAULT, INPUT_SIZES, PRECISIONS, artifact_name

app = typer.Typer(no_args_is_help=True, help="Export and check the artifact of the CNN that the workers run.")

ARTIFACTS = Path("build/artifacts")


@app.command()
def export(
    backbone: Annotated[str, typer.Option(help=f"{' or '.join(BACKBONES)}.")] = DEFAULT,
    input_size: Annotated[
        int, typer.Option(help=f"{', '.join(map(str, INPUT_SIZES))}; smaller is faster and less accurate.")
    ] = INPUT_SIZES[0],
    precision: Annotated[str, typer.Option(help="fp32, or int8 (needs --calibration).")] = PRECISIONS[0],
    calibration: Annotated[
        Path | None, typer.Option(help="Folder of photos like those to come; int8 takes its value ranges from them.")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="A Keras weights file: a path or an s3:// URI.")] = None,
    weights_sha256: Annotated[str | None, typer.Option(help="SHA-256 of that file; required with --weights.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write. Default: build/artifacts/NAME.")] = None,
) -> None:
    """Build the Keras network, load its weights, and write the LiteRT artifact with its card.

    Example: fruits backbone export --input-size 160 --precision int8 --calibration my-photos
    """
    from spark_app.network.backbone import ExportRequest  # TensorFlow: only for this command
    from spark_app.network.litert_export import export_to
    from spark_app.stores.buckets import StoreSettings

    target = out or ARTIFACTS / artifact_name(backbone, input_size, precision)
    console = Console()
    with show_errors(), console.status(f"Exporting {backbone} at {input_size} in {precision} (about a minute)"):
        request = ExportRequest(backbone, input_size, precision, calibration, weights, weights_sha256)
        store = StoreSettings(os.environ.get("AWS_REGION"), os.environ.get("AWS_ENDPOINT_URL"))
        card = export_to(request, target, store)
    console.print(
        f"[green]Written[/green] {target}: {card.feature_width} features, SHA-256 {card.artifact_sha256[:16]}…"
    )


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="An exported artifact's folder.")]) -> None:
    """Check an artifact: the hashes of its card, and its features of a known picture.

    Example: fruits backbone verify build/artifacts/efficientnet_lite0-224-fp32
    """
    from spark_app.network.artifact import load
    from spark_app.network.probe import check

    with show_errors():
        artifact = load(folder)
        check(artifact)
    card = artifact.card
    Console().print(
        f"[green]Right[/green] {card.backbone} at {card.input_size} in {card.precision}: hashes and probe agree\n"
        f"weights {card.weights_sha256}\nartifact {card.artifact_sha256}\nlicence {card.licence}; {card.source}"
    )
