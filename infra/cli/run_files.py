"""What runs take, made on this machine if it is not there yet: the CNN, and the packed environment."""

from infra.demo import story
from infra.deployment.deploy import Deployment
from infra.deployment.stacks import CloudFormationStack
from infra.deployment.template import template
from infra.emr.run_files import RunFiles
from infra.local import deploy
from infra.ops import stack as stacks
from infra.ops.steps import Steps
from infra.ops.target import Target


def architecture(target: Target, stage: str, parameters: dict[str, str]) -> str:
    """Return the architecture of the workers: as given, else as deployed, else the template's default."""
    stack = CloudFormationStack(target.client("cloudformation"), stacks.name(stage))
    deployed = stack.parameters() if stack.status() else {}
    default = str(template()["Parameters"]["Architecture"]["Default"])
    return parameters.get("Architecture") or deployed.get("Architecture") or default


def for_aws(architecture: str, steps: Steps) -> RunFiles:
    """Return the files for workers of this architecture. The first build of an environment takes five minutes.

    Raises:
        GiveUp: this machine cannot build one; the message says what can.
    """
    story.load_or_export(story.DEFAULT_ARTIFACT, steps)
    raise NotImplementedError(architecture)


def local_deployment(target: Target, stage: str, parameters: dict[str, str], steps: Steps) -> Deployment:
    """Return a deployment to a local cloud, with sizes for a laptop."""
    story.load_or_export(story.DEFAULT_ARTIFACT, steps)
    files = deploy.files_here(story.DEFAULT_ARTIFACT)
    return Deployment(target, stage, files, {**deploy.PARAMETERS, **parameters})
