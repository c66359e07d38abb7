"""`fruits photos`: make sample photos of every format, size, orientation and damage."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from contracts.photos.results import FEATURES
from infra.cli.errors import show_errors


def photos(
    out_dir: Annotated[
        Path, typer.Argument(metavar="OUT_DIR", help="Folder to write into; each fruit gets a sub-folder, its label.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many photos.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same photos, byte for byte.")] = 0,
) -> None:
    """Make sample photos of 30 fruits: JPEG, PNG, WebP, HEIC and AVIF, up to 12 MP, turned ones, a few broken files.

    Each shows a part of one of the real photos that the project carries, re-encoded and at another size. A broken
    file's name says what is wrong with it; each must end as a named rejection.

    Example: fruits photos build/photos --count 300 --seed 7
    """
    from infra.ops.folders import make_folder
    from infra.samples.make import write_samples  # numpy and Pillow: only for this command

    console = Console()
    with show_errors():
        samples = write_samples(make_folder(out_dir), count, seed)
        outcomes = Counter(
            sample.expected.value if sample.expected else FEATURES
            for sample in track(samples, "Making photos", total=count, console=console)
        )
    table = Table(title=f"{count} photos in {out_dir}")
    table.add_column("outcome that the job must give")
    table.add_column("photos", justify="right")
    for outcome, many in outcomes.most_common():
        table.add_row(outcome if outcome == FEATURES else f"rejection: {outcome}", str(many))
    console.print(table)
