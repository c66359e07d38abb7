"""What runs take, made on this machine if it is not there yet: the CNN, and the packed environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from contracts.errors import GiveUp
from infra.demo import story
from infra.deployment.deploy import Deployment
from infra.deployment.stacks import CloudFormationStack
from infra.deployment.template import template
from infra.emr import run_files
from infra.emr.environment import built
from infra.emr.environment.building import build
from infra.emr.run_files import RunFiles
from infra.local import deploy
from infra.ops import stack as stacks
from infra.ops.target import Target
from infra.steps import Steps

KERNEL_NAMES: Mapping[str, str] = {"X86_64": "x86_64", "ARM64": "aarch64"}
"""What an environment is built for, by the service's name of the architecture."""
DEPLOYED = story.DEFAULT_ARTIFACT.parent / "deployed"
"""CNNs that were fetched from stacks, each in a folder named by its version."""


def architecture(target: Target, stage: str, parameters: dict[str, str]) -> str:
    """Return the architecture of the workers: as given, else as deployed, else the template's default."""
    deployed = CloudFormationStack.of(target, stage).parameters()
    default = str(template()["Parameters"]["Architecture"]["Default"])
    return parameters.get("Architecture") or deployed.get("Architecture") or default


def artifact(target: Target, stage: str, given: Path | None, steps: Steps) -> Path:
    """Return the folder of the CNN: as given, else as deployed, else the default one, exported if it is not there yet.

    A stack keeps its CNN until another one is named: features of two are never mixed, so a deployment from another
    machine, or of a later default, must not change it by the way.

    Raises:
        GiveUp: what is given is no artifact, or the bucket has lost the deployed one.
    """
    folder = (given or story.DEFAULT_ARTIFACT).absolute()
    deployed = stacks.outputs(target, stage)
    if given is None and deployed and not _is_version(folder, deployed["ArtifactVersion"]):
        folder = DEPLOYED / deployed["ArtifactVersion"]
        if not folder.exists():
            steps.begin("Fetching the stack's own CNN: --artifact names another one")
            run_files.download_artifact(
                target.client("s3"), deployed["ArtifactsBucket"], deployed["ArtifactVersion"], folder
            )
            steps.end()
    story.load_or_export(folder, steps)
    return folder


def _is_version(folder: Path, version: str) -> bool:
    return folder.exists() and run_files.artifact_version(folder) == version


def for_aws(architecture: str, artifact: Path, steps: Steps) -> RunFiles:
    """Return the files for workers of this architecture. The first build of an environment takes five minutes.

    Raises:
        GiveUp: this machine cannot build one; the message says what can.
    """
    return RunFiles(_packed(KERNEL_NAMES[architecture], steps), artifact)


def _packed(arch: str, steps: Steps) -> Path:
    if built(arch) is None:
        build(arch, os.cpu_count() or 2, steps)
    path = built(arch)
    if path is None:
        raise GiveUp(f"the environment for {arch} is gone again: give the same command once more")
    return path


def local_deployment(target: Target, stage: str, artifact: Path, parameters: dict[str, str]) -> Deployment:
    """Return a deployment to a local cloud, with sizes for a laptop."""
    return Deployment(target, stage, deploy.files_here(artifact), {**deploy.PARAMETERS, **parameters})
