"""The reports of maintenance and repair runs as tables and sentences."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Column, Table


def show(console: Console, report: Mapping[str, Any]) -> None:
    """Show the report of a maintenance run, a line a table."""
    table = Table(Column("table", overflow="fold"), title=f"Maintained in {report['seconds']['total']:.0f} s")
    for name in (
        "files before",
        "after",
        "MB before",
        "after",
        "batches compacted",
        "snapshots expired",
        "orphans gone",
    ):
        table.add_column(name, justify="right", overflow="fold")
    for name, done in report["tables"].items():
        sizes = (f"{done[when] / 1e6:,.1f}" for when in ("bytes_before", "bytes_after"))
        counts = (f"{done[what]:,}" for what in ("batches_compacted", "snapshots_expired", "orphans_removed"))
        table.add_row(name, f"{done['files_before']:,}", f"{done['files_after']:,}", *sizes, *counts)
    console.print(table)
    for name in report["absent"]:
        console.print(f"There is no table {name} yet.")
    if report["model_files_removed"]:
        console.print(f"{report['model_files_removed']:,} files of models that were never finished are gone.")


def show_repair(console: Console, output: str, report: Mapping[str, Any]) -> None:
    """Show the table that a repair run printed, without its closing JSON line, and the result."""
    if not report["photos_doubled"]:
        console.print("Each photo has one row: there is nothing to repair.")
        return
    console.print("\n".join(output.splitlines()[:-1]), markup=False, highlight=False, soft_wrap=True)
    if report["outcome"] == "planned":
        console.print("Nothing was changed: [bold]fruits repair[/bold] does it.")
    else:
        console.print(
            f"{report['rows_removed']:,} rows are gone, in snapshot {report['snapshot_id']}.", highlight=False
        )
