"""`fruits photos`: paint photos of fruit for a machine that has no real ones."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from infra.cli.errors import shown_clearly

_EVERYTHING_FINE = "features"


def photos(
    out_dir: Annotated[
        Path, typer.Argument(metavar="OUT_DIR", help="Folder to paint into; each fruit gets a sub-folder, its label.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many photos.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same photos, byte for byte.")] = 0,
) -> None:
    """Paint photos of eleven fruits: several backgrounds, sizes up to 12 MP, four formats, and a few broken files.

    A broken file's name says what is wrong with it; each must end as a named rejection.

    Example: fruits photos build/photos --count 300 --seed 7
    """
    from infra.demo.paint.painter import paint_folder  # numpy and Pillow: only for this command
    from infra.ops.folders import make_folder

    console = Console()
    with shown_clearly():
        painting = paint_folder(make_folder(out_dir), count, seed)
        outcomes = Counter(
            painted.expected.value if painted.expected else _EVERYTHING_FINE
            for painted in track(painting, "Painting", total=count, console=console)
        )
    table = Table(title=f"{count} photos in {out_dir}")
    table.add_column("what the job must make of them")
    table.add_column("photos", justify="right")
    for outcome, many in outcomes.most_common():
        table.add_row(outcome if outcome == _EVERYTHING_FINE else f"rejection: {outcome}", str(many))
    console.print(table)
