"""A deployed stack of `template.yaml`: its name, and its outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.errors import GiveUp
from contracts.jobs.emr_release import Release, by_label
from contracts.jobs.places import Versions
from infra.ops.target import Target

STAGES = ("dev", "staging", "prod")
STAGE = "dev"
"""The stage where none is named."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its stage, and its outputs."""

    stage: str
    photos_bucket: str
    lake_bucket: str
    artifacts_bucket: str
    versions: Versions
    architecture: str
    """Of the application: `X86_64` or `ARM64`."""
    release: Release
    """Of the application."""
    ledger_table: str
    glue_database: str
    uploads_queue: str
    dead_letter_queue: str
    application_id: str
    submit_function: str
    refit_function: str
    maintain_function: str

    @property
    def job_log_group(self) -> str:
        """The log group that has what runs print."""
        return f"/fruits/{self.stage}/jobs"

    def function_log_group(self, function: str) -> str:
        """Return the log group of a function, by its short name such as `collect`."""
        return f"/aws/lambda/{name(self.stage)}-{function}"


def name(stage: str = STAGE) -> str:
    """Return the name of a stage's stack."""
    return f"fruits-{stage}"


def find(target: Target, stage: str = STAGE) -> Stack:
    """Find the deployed stack. Raises GiveUp where none is deployed."""
    found = outputs(target, stage)
    if not found:
        raise GiveUp(f"no stack {name(stage)} at {target.place}: `{_command(target, stage)}` makes it")
    return Stack(
        stage=stage,
        photos_bucket=found["PhotosBucket"],
        lake_bucket=found["LakeBucket"],
        artifacts_bucket=found["ArtifactsBucket"],
        versions=Versions(found["CodeVersion"], found["EnvironmentVersion"], found["ArtifactVersion"]),
        architecture=found["Architecture"],
        release=by_label(found["ReleaseLabel"]),
        ledger_table=found["LedgerTable"],
        glue_database=found["LakeDatabase"],
        uploads_queue=found["UploadsQueue"],
        dead_letter_queue=found["DeadLetterQueue"],
        application_id=found["ApplicationId"],
        submit_function=found["SubmitFunction"],
        refit_function=found["RefitFunction"],
        maintain_function=found["MaintainFunction"],
    )


def outputs(target: Target, stage: str = STAGE) -> dict[str, str]:
    """Return the outputs of the stack; none where no stack is deployed, or its deployment failed.

    Raises:
        GiveUp: CloudFormation refuses to say.
    """
    found = describe(target.client("cloudformation"), name(stage)) or {}
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def describe(cloudformation: Any, stack: str) -> Mapping[str, Any] | None:
    """Return a stack as CloudFormation describes it; None where there is none.

    Raises:
        GiveUp: CloudFormation refuses to say.
    """
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" in str(error):  # CloudFormation has no code of its own for it
            return None
        raise GiveUp(f"CloudFormation does not say whether {stack} is there: {error}") from error
    return dict(found)


def _command(target: Target, stage: str) -> str:
    if target.endpoint and stage == STAGE:
        return "fruits local up"
    return f"fruits deploy --stage {stage}{target.options}"
