"""Put a stack in place: the same steps for AWS and the local cloud. Each may be repeated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.errors import GiveUp, RetryLater
from contracts.jobs.places import Versions
from infra.deployment import adoption, changes, zip_bucket
from infra.deployment.application import SparkApplication
from infra.deployment.existing import Existing, kept_there
from infra.deployment.sam import Sam
from infra.deployment.stack_status import Standing
from infra.deployment.stacks import CloudFormationStack
from infra.deployment.template import parse, template
from infra.emr import old_versions, run_files
from infra.emr.run_files import RunFiles
from infra.ops import stack as stacks
from infra.ops.stack import Stack
from infra.ops.target import Target
from infra.steps import Steps

APPLICATION = "SparkApplication"
_ANY_TIME = frozenset({"MaximumCapacity", "SchedulerConfiguration"})
"""What may change of an application that is started."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stage that is to be put in place at a target."""

    target: Target
    stage: str
    files: RunFiles
    """What runs take."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of the template, without the stage and the versions. One that is left out stays as it is."""

    @property
    def stack(self) -> CloudFormationStack:
        """The stack in CloudFormation."""
        return CloudFormationStack.of(self.target, self.stage)

    def kept(self) -> list[Existing]:
        """Return the resources with data that exist, whether the stack owns them or not."""
        return kept_there(self.target, self.stage)

    def all_parameters(self, versions: Versions, kept: list[Existing]) -> dict[str, str]:
        """Return the parameters with those that the deployment itself knows: what runs take, and what is `kept`."""
        owned = {one["LogicalResourceId"] for one in self.stack.resources()} if self.stack.status() else set()
        return {
            **self.parameters,
            "Stage": self.stage,
            "CodeVersion": versions.code,
            "EnvironmentVersion": versions.environment,
            "ArtifactVersion": versions.artifact,
            "KeptDatabase": "yes" if adoption.database_is_kept(kept, owned) else "no",
        }


def deploy(asked: Deployment, sam: Sam, steps: Steps) -> Stack:
    """Build the functions, deploy the template, upload what runs take, and return the stack.

    Where a stack is deployed already, the files are uploaded first: the new functions name them at once. What an
    earlier stack of the stage has kept is given to the new one.

    Raises:
        GiveUp: SAM or CloudFormation failed, or the stack is in a state that a person has to mend.
        RetryLater: somebody else is at work on the stack, or a run is at work that the change would stop.
    """
    steps.begin("Building the functions (sam build)")
    sam.build()
    steps.end()
    _make_ready(asked, steps)
    s3 = asked.target.client("s3")
    parameters = asked.all_parameters(asked.files.versions(), asked.kept())
    deployed = stacks.outputs(asked.target, asked.stage)
    if deployed:
        _upload(s3, deployed["ArtifactsBucket"], asked.files, steps)
        _stop_application_that_changes(asked, parameters, deployed["ApplicationId"], steps)
    _deploy_template(asked, parameters, sam, steps)
    found = stacks.find(asked.target, asked.stage)
    if not deployed:
        _upload(s3, found.artifacts_bucket, asked.files, steps)
    old_versions.remove_old(s3, found.artifacts_bucket, {found.versions}, datetime.now(UTC))
    return found


def _make_ready(asked: Deployment, steps: Steps) -> None:
    """Bring the stack into a state in which SAM can deploy to it."""
    stack, standing = asked.stack, asked.stack.standing()
    if standing is Standing.BUSY:
        raise RetryLater(f"somebody is at work on {stack.name} ({stack.status()}): wait for its end, then go on")
    if standing is Standing.STUCK:
        raise GiveUp(
            f"{stack.name} is {stack.status()}, which CloudFormation does not leave by itself. Look at its events, or "
            f"take it down with `fruits destroy --stage {asked.stage}{asked.target.options}`, which keeps the data"
        )
    if standing is Standing.NEVER_MADE:
        steps.begin(f"Removing {stack.name}, whose creation failed ({stack.status()})")
        stack.delete()
        steps.end()
    if standing is not Standing.DEPLOYED and (found := adoption.importable(asked.kept())):
        steps.begin(f"Taking back {len(found)} resources with the data of an earlier {stack.name}")
        adoption.adopt(stack, template(), asked.stage, found)
        steps.end()


def _upload(s3: Any, bucket: str, files: RunFiles, steps: Steps) -> None:
    size = (files.environment.stat().st_size + sum(len(data) for _, data in files.artifact_files())) / 1e6
    steps.begin(f"Uploading code, environment and CNN, what is new of {size:,.0f} MB")
    run_files.upload(s3, bucket, files)
    steps.end()


def _deploy_template(asked: Deployment, parameters: Mapping[str, str], sam: Sam, steps: Steps) -> None:
    steps.begin(f"Deploying {asked.stack.name} (sam deploy)")
    bucket = zip_bucket.name(asked.target.account(), asked.target.region)
    zip_bucket.ensure(asked.target.client("s3"), bucket)
    try:
        sam.deploy(asked.target, asked.stack.name, bucket, parameters)
    except GiveUp as error:
        reasons = "\n".join(asked.stack.failures()) if asked.stack.status() else ""
        raise GiveUp(f"{reasons}\n{error}" if reasons else str(error)) from error
    steps.end()


def _stop_application_that_changes(
    asked: Deployment, parameters: Mapping[str, str], application_id: str, steps: Steps
) -> None:
    """Stop an application whose settings are to change: the service refuses most changes while it is started.

    Its capacity and the number of runs may change at any time (User Guide, "Updating running applications").
    """
    changed = {change.what for change in changes.parameter_changes(asked.stack.parameters(), parameters)}
    old = parse(asked.stack.template())["Resources"].get(APPLICATION, {})
    if changes.changed_properties(old, template()["Resources"][APPLICATION], changed) <= _ANY_TIME:
        return
    steps.begin("Stopping the Spark application, because its settings change")
    SparkApplication(asked.target.client("emr-serverless"), application_id).stop()
    steps.end()
