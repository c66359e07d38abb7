"""What a run's driver printed: S3 has the whole of it after the end, CloudWatch a part before."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.jobs import places
from infra.ops.stack import Stack


@dataclass(frozen=True, slots=True)
class RunLogs:
    """The logs of a stack's runs. `s3` and `logs` are boto3 clients."""

    s3: Any
    logs: Any
    stack: Stack

    def stored(self, run_id: str, stream: str) -> str | None:
        """Return a run's `stdout` or `stderr` in S3; None until the service has written it there."""
        key = f"{places.LOGS}/{self._folder(run_id)}SPARK_DRIVER/{stream}.gz"
        try:
            found = self.s3.get_object(Bucket=self.stack.lake_bucket, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        return gzip.decompress(found).decode(errors="replace")

    def live(self, run_id: str, stream: str) -> str | None:
        """Return what CloudWatch has of it so far; None where it has nothing."""
        try:
            lines = [event["message"].rstrip("\n") for event in self._events(run_id, stream)]
        except self.logs.exceptions.ResourceNotFoundException:
            return None
        return "\n".join([*lines, ""]) if lines else None

    def _events(self, run_id: str, stream: str) -> Iterator[Any]:
        names = [name for name in self._streams(run_id) if "/SPARK_DRIVER/" in name and name.endswith(f"/{stream}")]
        if names:
            asked = {"logGroupName": self.stack.job_log_group, "logStreamNames": names}
            for page in self.logs.get_paginator("filter_log_events").paginate(**asked):
                yield from page["events"]

    def _streams(self, run_id: str) -> Iterator[str]:
        for slash in ("", "/"):  # AWS's guide shows no slash before the name, and a prefix may end in one
            asked = {"logGroupName": self.stack.job_log_group, "logStreamNamePrefix": slash + self._folder(run_id)}
            for page in self.logs.get_paginator("describe_log_streams").paginate(**asked):
                yield from (one["logStreamName"] for one in page["logStreams"])

    def _folder(self, run_id: str) -> str:
        return f"applications/{self.stack.application_id}/jobs/{run_id}/"
