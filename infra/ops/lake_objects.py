"""Objects of the lake for a reader of models, by boto3: unlike the job's client it ignores the proxies of a laptop."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import GiveUp
from spark_app.stores.conditional_store import Stored


@dataclass(frozen=True, slots=True)
class LakeObjects:
    """`ReadableObjects` below a prefix of a bucket."""

    s3: Any
    bucket: str
    prefix: str

    def get(self, key: str) -> Stored | None:
        """Return an object; None where it is missing."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}")
        except self.s3.exceptions.NoSuchKey:
            return None
        return Stored(found["Body"].read(), found["ETag"])

    def save(self, key: str, target: Path) -> None:
        """Write an object into a file, whatever its size. Raises GiveUp where it is missing."""
        try:
            self.s3.download_file(self.bucket, f"{self.prefix}/{key}", str(target))
        except self.s3.exceptions.ClientError as error:
            raise GiveUp(f"s3://{self.bucket}/{self.prefix}/{key} cannot be read: {error}") from error

    def names(self, prefix: str) -> list[str]:
        """Return the keys below a prefix, sorted."""
        asked = {"Bucket": self.bucket, "Prefix": f"{self.prefix}/{prefix}"}
        pages = self.s3.get_paginator("list_objects_v2").paginate(**asked)
        found = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sorted(key.removeprefix(f"{self.prefix}/") for key in found)
