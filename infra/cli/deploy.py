"""`fruits deploy`: put a stack in place, on AWS or in the local cloud, and see five photos become rows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.artifact import Artifact
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.deployment.deploy import Deployment
    from infra.ops.stack import Stack
    from infra.steps import Steps


@takes_stack_options
def deploy(
    where: StackOptions,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change, and change nothing.")] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="NAME=VALUE of template.yaml; repeat it. Others stay as they are."),
    ] = None,
    artifact: Artifact = None,
    photos: Annotated[bool, typer.Option(help="Upload five photos, and wait for their rows.")] = True,
) -> None:
    """Put a stack in place: build, deploy template.yaml, upload code, environment and CNN, see five photos become rows.

    It looks at the account first. Every step can be repeated: after an error, mend it and give the same command again.
    A second deployment of the same changes nothing. What an earlier stack of the stage kept is taken back.

    Example: fruits deploy --stage prod --profile work -p MaxVcpu=32 --plan
    Example: fruits deploy --artifact build/artifacts/efficientnet_lite0-224-int8
    """
    from infra.cli import deploy_views
    from infra.cli.steps import show_steps
    from infra.deployment import survey
    from infra.deployment.plan import plan as planned

    console = Console(highlight=False)
    with show_errors():
        with show_steps(console) as steps:
            asked, packed = _deployment(where, artifact, _parameters(parameter or []), steps)
        deploy_views.show_checks(console, survey.survey(asked, packed))
        if plan:
            deploy_views.show_plan(console, planned(asked))
            return
        with show_steps(console) as steps:
            outcomes = _put_in_place(asked, photos, steps)
        deploy_views.show_result(console, outcomes, where.words)


def _put_in_place(asked: "Deployment", photos: bool, steps: "Steps") -> dict[str, int] | None:
    """Deploy, and return the outcomes of the five photos; None where none were asked for."""
    from infra.deployment.deploy import deploy as put_in_place
    from infra.deployment.sam import Sam

    stack = put_in_place(asked, Sam(Path("build") / "deploy" / "sam.log"), steps)
    return _try_out(asked, stack, steps) if photos else None


def _try_out(asked: "Deployment", stack: "Stack", steps: "Steps") -> dict[str, int]:
    from infra.deployment import smoke
    from infra.ops.pipeline import Pipeline

    pipeline = Pipeline(asked.target, stack)
    smoke.wait_for_versioning(pipeline, steps)
    return dict(smoke.wait_for_rows(pipeline, smoke.upload_photos(pipeline, steps), steps))


def _deployment(
    where: StackOptions, artifact: Path | None, parameters: dict[str, str], steps: "Steps"
) -> tuple["Deployment", str | None]:
    """Return what is to be deployed, and the architecture that its environment is packed for."""
    from infra.cli import run_files
    from infra.deployment.deploy import Deployment

    target = where.target()
    folder = run_files.artifact(target, where.stage, artifact, steps)
    if where.on_aws:
        architecture = run_files.architecture(target, where.stage, parameters)
        return Deployment(target, where.stage, run_files.for_aws(architecture, folder, steps), parameters), architecture
    return run_files.local_deployment(target, where.stage, folder, parameters), None


def _parameters(given: list[str]) -> dict[str, str]:
    from contracts.errors import GiveUp

    found = dict(one.split("=", 1) for one in given if "=" in one)
    if len(found) != len(given):
        raise GiveUp("a parameter is given as NAME=VALUE, and once: --parameter MaxVcpu=32")
    return found
