"""Deploy the template to the local cloud: the steps of every deployment, with this machine's files and sizes."""

from collections.abc import Mapping
from pathlib import Path

from infra.deployment import deploy as deployment
from infra.deployment.deploy import Deployment
from infra.deployment.sam import Sam
from infra.emr.run_files import RunFiles
from infra.local import host_environment
from infra.ops.stack import STAGE, Stack
from infra.ops.target import Target
from infra.steps import SilentSteps, Steps

# For a laptop: one run at a time uses all cores, and nobody waits an hour for a photo.
PARAMETERS: Mapping[str, str] = {
    "BatchTarget": "500",
    "BatchMax": "2500",
    "MaxWaitMinutes": "1",
    "MaxConcurrentRuns": "1",
    "CollectWindowSeconds": "1",
}


def deploy(
    target: Target,
    log: Path,
    files: RunFiles,
    parameters: Mapping[str, str] = PARAMETERS,
    stage: str = STAGE,
    steps: Steps | None = None,
) -> Stack:
    """Deploy to a local cloud and return the stack; `log` takes what SAM prints. Raises as `deployment.deploy`."""
    asked = Deployment(target, stage, files, parameters)
    return deployment.deploy(asked, Sam(log), steps or SilentSteps())


def files_here(artifact: Path) -> RunFiles:
    """Return what runs take from here: this code, the environment for this machine (made where it is missing), a CNN.

    Raises:
        GiveUp: the environment cannot be made.
    """
    return RunFiles(host_environment.prepare(), artifact)
