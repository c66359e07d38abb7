"""Manifests, results and closing reports in the lake bucket."""

from typing import Any

from chalicelib.aws.errors import Service, translated_errors
from chalicelib.aws.objects import read_object
from contracts.jobs import places, report
from contracts.jobs.names import RunName
from contracts.jobs.report import Closing
from contracts.photos import results


class S3Manifests:
    """See `ports.ManifestStore` and `ports.Reports`. All lie below `manifests/` and `results/` of one bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def write(self, batch_id: str, manifest: bytes) -> str:
        """Write a manifest and return its URI. The same batch always has the same URI."""
        key = places.manifest(batch_id)
        with translated_errors(Service.S3):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=manifest, ContentType="application/jsonl")
        return f"s3://{self._bucket}/{key}"

    def results(self, batch_id: str) -> bytes | None:
        """Return the results that a run wrote for a batch; None if it wrote none."""
        return self._result(results.key(batch_id))

    def closing(self, run: RunName) -> Closing | None:
        """Return a run's closing report; None if there is none that can be read."""
        found = self._result(report.key(str(run)))
        try:
            return None if found is None else report.decode(found)
        except ValueError:  # then the caller uses the details that the service keeps
            return None

    def _result(self, name: str) -> bytes | None:
        return read_object(self._s3, self._bucket, f"{places.RESULTS}/{name}")
