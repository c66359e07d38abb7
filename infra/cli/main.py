"""The command line `fruits`: every command of the project, each in a file of its own."""

import typer

from infra.cli import (
    backbone,
    batches,
    costs,
    dashboard,
    dead_letters,
    demo,
    deploy,
    destroy,
    doctor,
    environment,
    export,
    local,
    logs,
    model,
    photo,
    photos,
    pipeline,
    prices,
    reconcile,
    refit,
    release,
    runs,
    status,
    triggers,
)

app = typer.Typer(
    name="fruits",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Photos of fruit in S3 become feature rows in an Iceberg table, and a PCA of them.

    Start with [bold]fruits demo[/bold]: it tells the whole story on real photos, in a local cloud on this machine.

    Every command explains itself: fruits COMMAND --help
    """,
)
app.command("demo")(demo.demo)
app.command("deploy")(deploy.deploy)
app.command("doctor")(doctor.doctor)
app.command("destroy")(destroy.destroy)
app.command("upload")(pipeline.upload)
app.command("status")(status.status)
app.command("redrive")(pipeline.redrive)
app.command("release")(release.release)
app.command("refit")(refit.refit)
app.command("maintain")(refit.maintain)
app.command("repair")(refit.repair)
app.command("export")(export.export)
app.command("logs")(logs.logs)
app.command("costs")(costs.costs)
app.command("dashboard")(dashboard.dashboard)
app.command("photo")(photo.photo)
app.command("batches")(batches.batches)
app.command("batch")(batches.batch)
app.command("dead-letters")(dead_letters.dead_letters)
app.command("triggers")(triggers.triggers)
app.command("reconcile")(reconcile.reconcile)
app.command("runs")(runs.runs)
app.command("run")(runs.run)
app.command("photos")(photos.photos)
app.add_typer(local.app, name="local")
app.add_typer(model.app, name="model")
app.add_typer(prices.app, name="prices")
app.add_typer(backbone.app, name="backbone")
app.add_typer(environment.app, name="environment")


if __name__ == "__main__":
    app()
