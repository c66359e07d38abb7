"""`fruits environment build|check|sources`: the packed Python that runs unpack on EMR Serverless."""

import json
import os
import platform
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from contracts.errors import GiveUp
from infra.cli.environment_views import archive_lines, check_tables
from infra.cli.errors import show_errors
from infra.emr.environment import built

app = typer.Typer(
    no_args_is_help=True,
    help="The packed Python 3.11 of the jobs on EMR Serverless: the lock's packages on a relocatable CPython.",
)


class Arch(StrEnum):
    """As the kernel calls them; EMR Serverless says X86_64 and ARM64."""

    X86_64 = "x86_64"
    AARCH64 = "aarch64"


OfArch = Annotated[Arch, typer.Option(help="x86_64, or aarch64 for Graviton.")]
Mirror = Annotated[
    str | None, typer.Option(help="URL of a Debian mirror, or of a day of Debian's snapshot service. Default: apt's.")
]


@app.command()
def build(
    arch: OfArch = Arch.X86_64,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that compile at once.")] = os.cpu_count() or 2,
    mirror: Mirror = None,
) -> None:
    """Build the archive of this checkout's lock: five minutes the first time, half a minute after a change of the lock.

    It lies in build/environment/ARCH/, named by its SHA-256, with a JSON beside it. Needs Debian's apt (no root); other
    machines build in a container: infra/emr/environment/container/README.md. What was compiled is kept for every
    checkout in ~/.cache/fruits, or $FRUITS_CACHE.

    Example: fruits environment build --arch aarch64
    """
    from infra.cli.steps import show_steps
    from infra.emr.environment.building import build as build_archive

    console = Console(highlight=False)
    with show_errors():
        with show_steps(console) as steps:
            archive = build_archive(arch, jobs, steps, mirror)
        for line in archive_lines(archive, built(arch)):
            console.print(line, soft_wrap=True)


@app.command()
def check(
    archive: Annotated[Path | None, typer.Argument(help="Default: the one that was built for --arch.")] = None,
    arch: Annotated[Arch | None, typer.Option(help="What it must be for. Default: its interpreter's.")] = None,
    elsewhere: Annotated[
        bool, typer.Option(help="Also run it under an older glibc, or for aarch64 under qemu: 70 MB are fetched once.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts.")] = False,
    mirror: Mirror = None,
) -> None:
    """Check an archive: each file's needs, no trace of the building machine, and a run with an empty environment.

    Exit code 0: it may be deployed; 1: it may not, and the sentences say why; 65: it is no archive.

    Example: fruits environment check --arch aarch64 --elsewhere
    """
    from infra.emr.environment.check.checking import check as check_archive

    console = Console(highlight=False)
    with show_errors():
        path = archive or _built(arch or Arch(platform.machine()))
        checked = check_archive(path, arch, elsewhere, mirror)
    if as_json:
        typer.echo(json.dumps(checked.to_dict()))
    else:
        for table in check_tables(checked):
            console.print(table)
        for sentence in checked.wrong:
            console.print(f"[red]Wrong[/red] {sentence}", soft_wrap=True)
        if not checked.wrong:
            console.print(f"[green]Right[/green] {path}", soft_wrap=True)
    raise typer.Exit(1 if checked.wrong else 0)


@app.command()
def sources(mirror: Mirror = None) -> None:
    """Show the pinned Debian sources beside what the mirror offers today, and lines for sources.toml where they differ.

    Example: fruits environment sources
    """
    import tempfile

    from infra.cli.environment_views import offered_lines
    from infra.emr.environment.debian import Apt
    from infra.emr.environment.inputs import read_sources

    pinned = read_sources()
    with show_errors(), tempfile.TemporaryDirectory() as scratch:
        apt = Apt.of_machine(Path(scratch), mirror, (pinned.suite,))
        apt.update()
        for source in pinned.packages:
            for line in offered_lines(source, apt.offered(source.name)):
                typer.echo(line)


def _built(arch: str) -> Path:
    path = built(arch)
    if path is None:
        raise GiveUp(f"this checkout has no archive for {arch} yet. Build one: fruits environment build --arch {arch}")
    return path
