"""The bucket that takes the functions' zips on their way to Lambda: one for each account and Region."""

from contextlib import suppress
from typing import Any

KEEP_DAYS = 30
"""Lambda copies a zip when it is deployed; CloudFormation needs it again for a rollback."""


def name(account: str, region: str) -> str:
    """Return the bucket's name."""
    return f"fruits-deployment-{account}-{region}"


def ensure(s3: Any, bucket: str) -> None:
    """Make the bucket if it is not there: private, and each zip goes after `KEEP_DAYS`."""
    if any(one["Name"] == bucket for one in s3.list_buckets()["Buckets"]):
        return
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # two deployments at once
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    rule = {"ID": "zips-end", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": KEEP_DAYS}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
