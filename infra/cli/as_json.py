"""One JSON document on standard output, and nothing beside it: what `--json` of a command means."""

import json
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for scripts: docs/operations.md.")]


def print_json(document: Any) -> None:
    """Print it, keys in the order that they have."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
