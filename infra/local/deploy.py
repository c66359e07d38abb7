"""Deploy the template to the local cloud: the steps of every deployment, with this machine's files and sizes."""

from collections.abc import Mapping
from pathlib import Path

from infra.deployment import deploy as deployment
from infra.deployment.deploy import Deployment
from infra.deployment.sam import Sam
from infra.emr.run_files import RunFiles
from infra.local.cloud import STATE_DIR
from infra.ops.stack import STAGE, Stack
from infra.ops.steps import Steps
from infra.ops.target import Target

# For a laptop: one run at a time uses all cores, and nobody waits an hour for a photo.
PARAMETERS: Mapping[str, str] = {
    "BatchTarget": "500",
    "BatchMax": "2500",
    "MaxWaitMinutes": "1",
    "MaxConcurrentRuns": "1",
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
    return deployment.deploy(asked, Sam(log), steps or _Silent())


def files_here(artifact: Path) -> RunFiles:
    """Return what runs take from here. The local cloud's runs use this machine's Python: their archive is empty."""
    empty = STATE_DIR / "no-environment.tar.gz"
    empty.parent.mkdir(parents=True, exist_ok=True)
    empty.touch()
    return RunFiles(empty, artifact)


class _Silent:
    """Steps that nobody watches."""

    def begin(self, description: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""
