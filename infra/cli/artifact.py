"""The option that names the CNN of a stack. It imports nothing heavy, so a help text is there at once."""

from pathlib import Path
from typing import Annotated

import typer

from spark_app.network.backbones import artifact_name

Artifact = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the CNN that runs take, as `fruits backbone export` writes it. Default: the one that is "
        f"deployed; for a new stack {artifact_name()}, exported once.",
    ),
]
