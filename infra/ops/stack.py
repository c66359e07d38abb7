"""A deployed stack of `template.yaml`: its name, and its outputs."""

from dataclasses import dataclass

from contracts.errors import GiveUp
from contracts.jobs.places import Versions
from infra.ops.target import Target

STAGE = "dev"
NAME = f"fruits-{STAGE}"


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack's outputs."""

    photos_bucket: str
    lake_bucket: str
    artifacts_bucket: str
    versions: Versions
    architecture: str
    """Of the application: `X86_64` or `ARM64`."""
    ledger_table: str
    glue_database: str
    uploads_queue: str
    dead_letter_queue: str
    application_id: str
    submit_function: str
    refit_function: str
    maintain_function: str


def find(target: Target) -> Stack:
    """Find the deployed stack. Raises GiveUp where none is deployed."""
    found = outputs(target)
    if not found:
        where = target.endpoint or target.region
        raise GiveUp(f"no stack {NAME} is deployed at {where}: `fruits local up` deploys it")
    return Stack(
        photos_bucket=found["PhotosBucket"],
        lake_bucket=found["LakeBucket"],
        artifacts_bucket=found["ArtifactsBucket"],
        versions=Versions(found["CodeVersion"], found["EnvironmentVersion"], found["ArtifactVersion"]),
        architecture=found["Architecture"],
        ledger_table=found["LedgerTable"],
        glue_database=found["LakeDatabase"],
        uploads_queue=found["UploadsQueue"],
        dead_letter_queue=found["DeadLetterQueue"],
        application_id=found["ApplicationId"],
        submit_function=found["SubmitFunction"],
        refit_function=found["RefitFunction"],
        maintain_function=found["MaintainFunction"],
    )


def outputs(target: Target) -> dict[str, str]:
    """Return the outputs of the stack; none where no stack is deployed, or its deployment failed."""
    cloudformation = target.client("cloudformation")
    try:
        (found,) = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    except cloudformation.exceptions.ClientError:
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
