"""What is still there after a stack was taken down, and what of it is billed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.deployment import zip_bucket
from infra.deployment.application import applications
from infra.deployment.existing import Existing, kept_there
from infra.ops import stack as stacks
from infra.ops.target import Target

BILLED: Mapping[str, str] = {
    "AWS::S3::Bucket": "its storage",
    "AWS::DynamoDB::Table": "its storage, twice: point-in-time recovery",
    "AWS::SQS::Queue": "nothing while idle",
    "AWS::Glue::Database": "nothing",
    "AWS::Logs::LogGroup": "its storage",
    "AWS::EMRServerless::Application": "nothing while stopped",
}


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that is still there: its type and name, how much is in it, and what is billed for it."""

    kind: str
    name: str
    content: str
    billed: str


def leftovers(target: Target, stage: str) -> list[Leftover]:
    """Return what is still there of a stage in this account and Region."""
    s3 = target.client("s3")
    found = [_of_data(target, s3, one) for one in kept_there(target, stage)]
    zips = zip_bucket.name(target.account(), target.region)
    if any(one["Name"] == zips for one in s3.list_buckets()["Buckets"]):
        billed = f"its storage; zips go after {zip_bucket.KEEP_DAYS} days"
        found.append(Leftover("AWS::S3::Bucket", zips, _size(s3, zips), billed))
    return [*found, *_log_groups(target, stage), *_applications(target, stage)]


def _of_data(target: Target, s3: Any, one: Existing) -> Leftover:
    kind, name = one.resource.kind, one.resource.name
    content = ""
    if kind == "AWS::S3::Bucket":
        content = _size(s3, name)
    elif kind == "AWS::DynamoDB::Table":
        content = f"{target.client('dynamodb').describe_table(TableName=name)['Table']['ItemCount']:,} items"
    return Leftover(kind, name, content, BILLED[kind])


def _size(s3: Any, bucket: str) -> str:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    sizes = [one["Size"] for page in pages for one in page.get("Versions", [])]
    return f"{len(sizes):,} objects, {sum(sizes) / 1e6:,.1f} MB"


def _log_groups(target: Target, stage: str) -> list[Leftover]:
    logs = target.client("logs")
    prefixes = (f"/aws/lambda/{stacks.name(stage)}-", f"/fruits/{stage}/")
    groups = [
        group
        for prefix in prefixes
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        for group in page["logGroups"]
    ]
    kind = "AWS::Logs::LogGroup"
    return [
        Leftover(kind, one["logGroupName"], f"{one.get('storedBytes', 0) / 1e6:,.1f} MB", BILLED[kind])
        for one in groups
    ]


def _applications(target: Target, stage: str) -> list[Leftover]:
    kind = "AWS::EMRServerless::Application"
    return [
        Leftover(kind, one["id"], one["state"].lower(), BILLED[kind])
        for one in applications(target)
        if one.get("name") == stacks.name(stage)
    ]
