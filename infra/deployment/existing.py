"""Which resources of a stage exist in the account, whether a stack owns them or not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.deployment.kept import KeptResource, kept_resources
from infra.deployment.template import template
from infra.ops.target import Target

Look = Callable[[Any, str], str | None]
"""Takes a client and a name; returns what CloudFormation identifies the resource by, None where there is none."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A resource that exists, and what CloudFormation identifies it by: its name, or the URL of a queue."""

    resource: KeptResource
    identifier: str


def kept_there(target: Target, stage: str) -> list[Existing]:
    """Return the resources that a stack of the stage keeps when it is deleted, as far as they exist."""
    found = []
    for resource in kept_resources(template(), stage, target.account()):
        service, look = _LOOKS[resource.kind]
        if identifier := look(target.client(service), resource.name):
            found.append(Existing(resource, identifier))
    return found


def _bucket(s3: Any, name: str) -> str | None:
    return name if any(one["Name"] == name for one in s3.list_buckets()["Buckets"]) else None


def _table(dynamodb: Any, name: str) -> str | None:
    try:
        dynamodb.describe_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return None
    return name


def _queue(sqs: Any, name: str) -> str | None:
    try:
        return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
    except sqs.exceptions.QueueDoesNotExist:
        return None


def _database(glue: Any, name: str) -> str | None:
    try:
        glue.get_database(Name=name)
    except glue.exceptions.EntityNotFoundException:
        return None
    return name


_LOOKS: Mapping[str, tuple[str, Look]] = {
    "AWS::S3::Bucket": ("s3", _bucket),
    "AWS::DynamoDB::Table": ("dynamodb", _table),
    "AWS::SQS::Queue": ("sqs", _queue),
    "AWS::Glue::Database": ("glue", _database),
}
