"""`fruits local`: what the pipeline needs on this machine: Java, Spark's jars, and the local cloud."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

from contracts.jobs.emr_release import IN_USE, by_label
from infra.cli import rights
from infra.cli.artifact import Artifact
from infra.cli.errors import show_errors
from infra.cli.logs import Follow, Of, print_lines
from infra.cli.state import StackOptions, StateDir
from infra.local import cloud

app = typer.Typer(
    no_args_is_help=True, help="The local cloud: all services of the template in one process on this machine."
)


@app.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = cloud.PORT,
    state_dir: StateDir = cloud.STATE_DIR,
    artifact: Artifact = None,
    deploy: Annotated[bool, typer.Option(help="Deploy template.yaml into it, and put code and model in place.")] = True,
) -> None:
    """Start the local cloud, or find the one that runs, deploy the stack, and show how to talk to it.

    It keeps its data in memory: they are gone after `fruits local down`.

    Example: fruits local up --port 4570
    """
    console = Console(highlight=False)
    with show_errors():
        running = cloud.up(state_dir, port)
        console.print(f"The local cloud answers at [bold]{running.endpoint}[/bold] (process {running.pid}).")
        if deploy:
            _deploy(console, running, state_dir, artifact)
    console.print("For the AWS command line or any SDK in this shell:")
    for name, value in running.environment().items():
        console.print(f"  export {name}={value}", soft_wrap=True)


def _deploy(console: Console, running: cloud.LocalCloud, state_dir: Path, artifact: Path | None) -> None:
    from infra.cli import run_files
    from infra.cli.steps import show_steps
    from infra.local import deploy
    from infra.ops.stack import STAGE

    with show_steps(console) as steps:
        files = deploy.files_here(run_files.artifact(running.target(), STAGE, artifact, steps))
        deploy.deploy(running.target(), state_dir / "sam.log", files, steps=steps)
    console.print("Now: [bold]fruits upload DIR --wait[/bold], then [bold]fruits refit[/bold]")


@app.command()
def down(state_dir: StateDir = cloud.STATE_DIR) -> None:
    """Stop the local cloud with everything that it started. Stopping what does not run is no error.

    Example: fruits local down
    """
    with show_errors():
        stopped = cloud.down(state_dir)
    Console().print("The local cloud is down." if stopped else "No local cloud was running.")


@app.command()
def status(state_dir: StateDir = cloud.STATE_DIR) -> None:
    """Say whether the local cloud runs and answers. Exit code 0: it does; 1: it does not.

    Example: fruits local status && echo ready
    """
    console = Console(highlight=False)
    running = cloud.status(state_dir)
    if running is None:
        console.print("No local cloud is running. Start one: fruits local up")
        raise typer.Exit(1)
    if not cloud.healthy(running):
        console.print(f"Process {running.pid} runs, but {running.endpoint} does not answer. Its log: {running.log}")
        raise typer.Exit(1)
    console.print(f"The local cloud answers at [bold]{running.endpoint}[/bold] (process {running.pid}).")
    console.print("What is deployed in it: [bold]fruits status[/bold]")


@app.command()
def logs(of: Of, follow: Follow = False, state_dir: StateDir = cloud.STATE_DIR) -> None:
    """Show what `fruits logs` shows; the older name of it, which knows the local cloud alone.

    Example: fruits local logs submit --follow
    """
    print_lines(StackOptions(state_dir=state_dir), of, follow, hours=24)


app.command("rights")(rights.rights)


def _known(label: str) -> str:
    try:
        return by_label(label).label
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def prepare(
    release: Annotated[
        str, typer.Option(callback=_known, help="Label of the EMR release whose Java and jars are wanted.")
    ] = IN_USE.label,
) -> None:
    """Find Java 17, download Spark's Iceberg jars and pack the jobs' environment, once; `make setup` calls it.

    Example: fruits local prepare
    """
    from infra.local import host_environment
    from infra.local.jars import iceberg_jars
    from infra.local.java import find_java

    console = Console(highlight=False)
    with show_errors():
        wanted = by_label(release)
        java = find_java(release=wanted)
        console.print(f"Java {java.version} from {java.found_in}: {java.home}", soft_wrap=True)
        columns = (
            TextColumn("Iceberg jars"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("jars", total=None, start=False)

            def show(done: int, total: int) -> None:
                if not progress.tasks[0].started:
                    console.print(f"Downloading the Iceberg jars: {total / 1e6:.0f} MB, once for every checkout")
                    progress.start_task(task)
                progress.update(task, completed=done, total=total)

            jars = iceberg_jars(on_progress=show, release=wanted)
    for jar in jars:
        console.print(f"Jar {jar}", soft_wrap=True)
    with show_errors():
        console.print(f"Environment {host_environment.prepare()}", soft_wrap=True)
