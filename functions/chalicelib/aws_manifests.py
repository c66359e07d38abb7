"""Manifests and results in the lake bucket."""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws_errors import code_of, named
from infra.contracts import results


class S3Manifests:
    """Below `manifests/` and `results/` of one bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def write(self, batch_id: str, manifest: bytes) -> str:
        """Write a manifest and return its URI. The same batch again is the same URI."""
        key = f"manifests/{batch_id}.jsonl"
        with named("s3"):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=manifest, ContentType="application/jsonl")
        return f"s3://{self._bucket}/{key}"

    def results(self, batch_id: str) -> bytes | None:
        """Return what the run wrote for a batch; None if it wrote nothing."""
        with named("s3"):
            try:
                answer = self._s3.get_object(Bucket=self._bucket, Key=f"results/{results.key(batch_id)}")
                return bytes(answer["Body"].read())
            except ClientError as error:
                if code_of(error) == "NoSuchKey":
                    return None
                raise
