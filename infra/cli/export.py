"""`fruits export`: the reduced matrix of a published version, where analysts find it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options
from infra.ops.exports.formats import Format

if TYPE_CHECKING:
    from infra.ops.exports.places import Place

EXCEL_ROWS = 1_048_576
"""Rows of a sheet, the header too."""
_NAMED = 'A version: its name, the beginning of it, its number such as 3, or "latest".'
Form = Annotated[Format, typer.Option("--format", help="Of the matrix: one file, whatever its size.")]
To = Annotated[
    str | None,
    typer.Option(metavar="PLACE", help="A folder, or s3://LAKE/exports/NAME. Default: exports/VERSION/FORMAT there."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Write an export anew that is there already.")]


@takes_stack_options
def export(
    where: StackOptions,
    version: Annotated[str, typer.Argument(metavar="[VERSION]", help=_NAMED)] = "latest",
    form: Form = Format.CSV,
    to: To = None,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Put the reduced matrix of a version where analysts find it: photo_id, label, pc_1 … pc_k, a row a photo.

    Beside it come dictionary.json (what each column is, of which model, snapshot and artifact) and SHA256SUMS, for
    `sha256sum --check`, which is written last: without it an export is not whole. Nothing is computed anew: the rows
    are those that the refit wrote. The CSV opens in Excel as it is, and a label cannot become a formula there.

    Example: fruits export --format parquet
    Example: fruits export 3 --format csv --to build/matrix
    """
    from contracts.models import FOLDER
    from infra.cli.steps import show_steps
    from infra.ops import models
    from infra.ops.exports import export as exports
    from infra.ops.exports import places
    from infra.ops.lake_objects import LakeObjects

    with show_errors():
        pipeline = where.open_pipeline()
        card = models.open_models(pipeline.target, pipeline.stack).card(version)
        bucket = pipeline.stack.lake_bucket
        place = places.place(to, pipeline.s3, bucket, (card.version, form.value))
        parts = LakeObjects(pipeline.s3, bucket, FOLDER)
        with show_steps(Console(stderr=True)) as steps:
            found = exports.export(parts, card, form, place, steps, replace=replace)
    if as_json:
        print_json({"place": place.name, **found})
    else:
        _show(Console(highlight=False), place, found)


def _show(console: Console, place: "Place", found: dict[str, Any]) -> None:
    size = f"{found['rows']:,} rows, {len(found['columns']):,} columns, {found['bytes'] / 1e6:,.1f} MB"
    console.print(f"{place.name}/{found['file']}", markup=False, soft_wrap=True)
    console.print(f"{size}; of model {found['model_version']}, which keeps {found['explained']:.1%} of the variance")
    console.print(
        f"Beside it: dictionary.json and SHA256SUMS. SHA-256 of the matrix: {found['sha256']}", soft_wrap=True
    )
    escaped = found.get("csv", {}).get("labels_escaped", 0)
    if escaped:
        console.print(f"{escaped:,} labels begin like formulas and have an apostrophe in front: docs/export.md")
    if found["format"] == Format.CSV and found["rows"] >= EXCEL_ROWS:
        console.print(f"Excel shows the first {EXCEL_ROWS - 1:,} rows of it.")
