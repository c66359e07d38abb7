"""Where commands find the running stack."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.local import cloud

if TYPE_CHECKING:
    from infra.ops.pipeline import Pipeline

StateDir = Annotated[Path, typer.Option(help="Folder that holds the running cloud's address.", show_default=False)]
STATE_DIR = cloud.STATE_DIR


def open_pipeline(state_dir: Path) -> "Pipeline":
    """Return the stack in the running local cloud.

    Raises:
        GiveUp: no cloud runs, or nothing is deployed in it.
    """
    from infra.ops import stack
    from infra.ops.pipeline import Pipeline

    target = cloud.running(state_dir).target()
    return Pipeline(target, stack.find(target))
