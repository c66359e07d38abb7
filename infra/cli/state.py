"""Where commands find the stack that they are about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.local import cloud

if TYPE_CHECKING:
    from infra.ops.pipeline import Pipeline

StateDir = Annotated[Path, typer.Option(help="Where the running cloud is written down.", show_default=False)]
STATE_DIR = cloud.STATE_DIR


def open_pipeline(state_dir: Path) -> "Pipeline":
    """Return the stack in the local cloud that runs. Raises GiveUp where there is none."""
    from infra.ops import stack
    from infra.ops.pipeline import Pipeline

    target = cloud.running(state_dir).target()
    return Pipeline(target, stack.find(target))
