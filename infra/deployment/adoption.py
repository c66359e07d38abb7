"""Give a new stack what an earlier one of its stage has kept."""

from collections.abc import Mapping
from typing import Any

from infra.deployment.existing import Existing
from infra.deployment.kept import DATABASE, import_template
from infra.deployment.stacks import CloudFormationStack

_IDENTIFIED_BY: Mapping[str, str] = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SQS::Queue": "QueueUrl",
}


def importable(found: list[Existing]) -> list[Existing]:
    """Return those that CloudFormation imports: all but the Glue database, which the template takes by its name."""
    return [one for one in found if one.resource.kind != DATABASE]


def database_is_kept(found: list[Existing], owned: set[str]) -> bool:
    """Whether the Glue database exists, and is none of the logical ids that the stack owns."""
    return any(one.resource.kind == DATABASE and one.resource.logical_id not in owned for one in found)


def adopt(stack: CloudFormationStack, template: Mapping[str, Any], stage: str, found: list[Existing]) -> None:
    """Make the stack of what was kept. The deployment that follows adds all the rest.

    Raises:
        GiveUp: CloudFormation refuses to import it.
    """
    small = import_template(template, [one.resource.logical_id for one in found])
    given = {"Stage": stage} if "Stage" in small["Parameters"] else {}
    stack.import_resources(small, given, [_asked(one) for one in found])


def _asked(one: Existing) -> dict[str, Any]:
    return {
        "ResourceType": one.resource.kind,
        "LogicalResourceId": one.resource.logical_id,
        "ResourceIdentifier": {_IDENTIFIED_BY[one.resource.kind]: one.identifier},
    }
