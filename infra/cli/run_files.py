"""What runs take, made on this machine if it is not there yet: the CNN, and the packed environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from contracts.errors import GiveUp
from infra.demo import story
from infra.deployment.deploy import Deployment
from infra.deployment.stacks import CloudFormationStack
from infra.deployment.template import template
from infra.emr.environment import built
from infra.emr.environment.building import build
from infra.emr.run_files import RunFiles
from infra.local import deploy
from infra.ops.target import Target
from infra.steps import Steps

KERNEL_NAMES: Mapping[str, str] = {"X86_64": "x86_64", "ARM64": "aarch64"}
"""What an environment is built for, by the service's name of the architecture."""


def architecture(target: Target, stage: str, parameters: dict[str, str]) -> str:
    """Return the architecture of the workers: as given, else as deployed, else the template's default."""
    deployed = CloudFormationStack.of(target, stage).parameters()
    default = str(template()["Parameters"]["Architecture"]["Default"])
    return parameters.get("Architecture") or deployed.get("Architecture") or default


def for_aws(architecture: str, steps: Steps) -> RunFiles:
    """Return the files for workers of this architecture. The first build of an environment takes five minutes.

    Raises:
        GiveUp: this machine cannot build one; the message says what can.
    """
    story.load_or_export(story.DEFAULT_ARTIFACT, steps)
    return RunFiles(_packed(KERNEL_NAMES[architecture], steps), story.DEFAULT_ARTIFACT)


def _packed(arch: str, steps: Steps) -> Path:
    if built(arch) is None:
        build(arch, os.cpu_count() or 2, steps)
    path = built(arch)
    if path is None:
        raise GiveUp(f"the environment for {arch} is gone again: give the same command once more")
    return path


def local_deployment(target: Target, stage: str, parameters: dict[str, str], steps: Steps) -> Deployment:
    """Return a deployment to a local cloud, with sizes for a laptop."""
    story.load_or_export(story.DEFAULT_ARTIFACT, steps)
    files = deploy.files_here(story.DEFAULT_ARTIFACT)
    return Deployment(target, stage, files, {**deploy.PARAMETERS, **parameters})
