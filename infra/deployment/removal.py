"""Delete a resource that outlived its stack, with all that is in it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.deployment.existing import Existing
from infra.ops.target import Target

Remove = Callable[[Any, Existing], None]
_AT_ONCE = 1000
"""So many objects S3 deletes in one call."""


def remove(target: Target, found: Existing) -> None:
    """Delete the resource. It cannot be restored."""
    service, act = _REMOVALS[found.resource.kind]
    act(target.client(service), found)


def _bucket(s3: Any, found: Existing) -> None:
    for batch in _versions(s3, found.identifier):
        s3.delete_objects(Bucket=found.identifier, Delete={"Objects": batch, "Quiet": True})
    s3.delete_bucket(Bucket=found.identifier)


def _versions(s3: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    """Yield all versions and delete markers, as many as one call deletes."""
    for page in s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": _AT_ONCE}
    ):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if listed:
            yield [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed]


def _table(dynamodb: Any, found: Existing) -> None:
    dynamodb.delete_table(TableName=found.identifier)
    dynamodb.get_waiter("table_not_exists").wait(TableName=found.identifier)  # else its name is taken a while yet


def _queue(sqs: Any, found: Existing) -> None:
    sqs.delete_queue(QueueUrl=found.identifier)


def _database(glue: Any, found: Existing) -> None:
    for page in glue.get_paginator("get_tables").paginate(DatabaseName=found.identifier):
        for table in page["TableList"]:
            glue.delete_table(DatabaseName=found.identifier, Name=table["Name"])
    glue.delete_database(Name=found.identifier)


_REMOVALS: Mapping[str, tuple[str, Remove]] = {
    "AWS::S3::Bucket": ("s3", _bucket),
    "AWS::DynamoDB::Table": ("dynamodb", _table),
    "AWS::SQS::Queue": ("sqs", _queue),
    "AWS::Glue::Database": ("glue", _database),
}
