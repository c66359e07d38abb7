"""Upload releases of the jobs' code to the artifacts bucket, each to a folder of its own, and remove old ones.

S3's lifecycle rules know ages, prefixes and tags, but not which release is in use: by age they would remove the code of
a stack that was not deployed for a month. So whoever uploads a release also removes those that were overtaken `KEEP`
ago, except the one in use. The bucket is versioned: a removed release can be restored until the rule for old versions
deletes it.

`python -m infra.emr.code_versions --bucket … --in-use …` does both, and prints the new version for `sam deploy`.
"""

import argparse
import sys
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3

from contracts.jobs import places
from infra.emr import package

KEEP = timedelta(days=30)
"""Counted from the upload of the next release. A run waits for at most six hours and works for a few more; the rest is
for a stack that is set back to the release before."""


def upload(s3: Any, bucket: str, root: Path = package.ROOT) -> str:
    """Upload the code of this checkout to a folder of its own, and return its version. Other releases stay."""
    version = package.version(root)
    for name, content in package.objects(root):
        s3.put_object(Bucket=bucket, Key=f"{places.prefix(version)}/{name}", Body=content)
    return version


def remove_old(s3: Any, bucket: str, in_use: Collection[str], now: datetime) -> list[str]:
    """Remove releases that were overtaken `KEEP` before `now` (aware), except those in use. Return their versions."""
    uploaded: dict[str, datetime] = {}
    keys: dict[str, list[str]] = {}
    for version, key, at in _listed(s3, bucket):
        uploaded[version] = max(at, uploaded.get(version, at))
        keys.setdefault(version, []).append(key)
    old = overtaken(uploaded, in_use, now)
    for key in (key for version in old for key in keys[version]):
        s3.delete_object(Bucket=bucket, Key=key)
    return old


def overtaken(uploaded: Mapping[str, datetime], in_use: Collection[str], now: datetime) -> list[str]:
    """Return the versions that may be removed, oldest first. The latest is never among them. Pure."""
    by_time = sorted(uploaded, key=lambda version: (uploaded[version], version))
    return [old for old, new in pairwise(by_time) if old not in in_use and now - uploaded[new] > KEEP]


def _listed(s3: Any, bucket: str) -> Iterator[tuple[str, str, datetime]]:
    """Yield version, key and time of each object of a release. Skip objects of no release."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{places.CODE}/"):
        for found in page.get("Contents", []):
            _, version, *name = found["Key"].split("/")
            if name and places.is_version(version):
                yield version, found["Key"], found["LastModified"]


def main() -> None:
    """Upload the code of this checkout, remove what is old, and print the version."""
    parser = argparse.ArgumentParser(description="Put the jobs' code into the artifacts bucket of a stack.")
    parser.add_argument("--bucket", required=True, help="the stack's output ArtifactsBucket")
    parser.add_argument("--in-use", required=True, help="the stack's output CodeVersion; it is never removed")
    given = parser.parse_args()
    s3 = boto3.client("s3")
    version = upload(s3, given.bucket)
    remove_old(s3, given.bucket, {given.in_use, version}, datetime.now(UTC))
    sys.stdout.write(version + "\n")


if __name__ == "__main__":
    main()
