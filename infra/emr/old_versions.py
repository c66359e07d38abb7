"""Remove versions of code, environment and CNN that no run needs any more.

S3's lifecycle rules know ages, prefixes and tags, but not which version is in use: by age they would remove the code of
a stack that was not deployed for a month. So whoever uploads a version also removes those that were overtaken `KEEP`
ago, except the ones in use. The bucket is versioned: what is removed can be restored until the rule for old versions
deletes it.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from contracts.jobs import places
from contracts.jobs.places import Versions

KEEP = timedelta(days=30)
"""Counted from the upload of the next version. A run waits for at most six hours and works for a few more; the rest is
for a stack that is set back to the version before."""


def remove_old(s3: Any, bucket: str, in_use: Collection[Versions], now: datetime) -> list[str]:
    """Remove what was overtaken `KEEP` before `now` (aware), except what is in use.

    Return the places that were removed: folders of code and CNN, names of environments; oldest first of each kind.
    """
    kept = {
        places.CODE: {one.code for one in in_use},
        places.ENVIRONMENT: {one.environment for one in in_use},
        places.ARTIFACT: {one.artifact for one in in_use},
    }
    return [gone for folder in kept for gone in _remove(s3, bucket, folder, kept[folder], now)]


def overtaken(uploaded: Mapping[str, datetime], in_use: Collection[str], now: datetime) -> list[str]:
    """Return the versions that may be removed, oldest first. The latest is never among them. Pure."""
    by_time = sorted(uploaded, key=lambda version: (uploaded[version], version))
    return [old for old, new in pairwise(by_time) if old not in in_use and now - uploaded[new] > KEEP]


def _remove(s3: Any, bucket: str, folder: str, in_use: Collection[str], now: datetime) -> Iterator[str]:
    uploaded: dict[str, datetime] = {}
    keys: dict[str, list[str]] = {}
    for version, key, at in _listed(s3, bucket, folder):
        uploaded[version] = max(at, uploaded.get(version, at))
        keys.setdefault(version, []).append(key)
    for version in overtaken(uploaded, in_use, now):
        for key in keys[version]:
            s3.delete_object(Bucket=bucket, Key=key)
        yield f"{folder}/{version}"


def _listed(s3: Any, bucket: str, folder: str) -> Iterator[tuple[str, str, datetime]]:
    """Yield version, key and time of each object of a version. Skip objects of none."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{folder}/"):
        for found in page.get("Contents", []):
            version = found["Key"].split("/")[1].removesuffix(places.PACKED_ENVIRONMENT)
            if places.is_version(version):
                yield version, found["Key"], found["LastModified"]
