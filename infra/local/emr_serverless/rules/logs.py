"""Where a run's logs go. Pure.

Source: EMR Serverless User Guide, "Storing logs" and "Logging with retry policy": driver logs in
`applications/<id>/jobs/<id>/SPARK_DRIVER/`, with `attempts/<n>/` in between where a run may be tried again; CloudWatch
off by default, group `/aws/emr-serverless`, stream of the same shape as the S3 path.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .records import Run

DEFAULT_GROUP = "/aws/emr-serverless"
WORKER = "SPARK_DRIVER"
STREAMS = ("stdout", "stderr")


@dataclass(frozen=True, slots=True)
class Location:
    """An object in S3."""

    bucket: str
    key: str


def monitoring(run: Run) -> Mapping[str, Any]:
    """Return the monitoring configuration: the request's, member by member over the application's."""
    ours: Mapping[str, Any] = run.application.settings.get("monitoringConfiguration", {})
    theirs: Mapping[str, Any] = run.request.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    return {**ours, **theirs}


def folder(run: Run, attempt: int) -> str:
    """Return the run's part of the S3 path and the stream name."""
    retried = f"/attempts/{attempt}" if run.keeps_attempts_apart else ""
    return f"applications/{run.application.application_id}/jobs/{run.run_id}{retried}/{WORKER}"


def s3_location(run: Run, attempt: int, stream: str) -> Location | None:
    """Return where `stdout` or `stderr` goes, gzip-compressed; None without an S3 configuration."""
    uri = monitoring(run).get("s3MonitoringConfiguration", {}).get("logUri")
    if not uri:
        return None
    parts = urlsplit(uri)
    prefix = parts.path.strip("/")
    return Location(parts.netloc, f"{prefix}/{folder(run, attempt)}/{stream}.gz".lstrip("/"))


def log_stream(run: Run, attempt: int, stream: str) -> tuple[str, str] | None:
    """Return the log group and log stream in CloudWatch; None where logging is off or leaves this stream out."""
    configured = monitoring(run).get("cloudWatchLoggingConfiguration", {})
    if not configured.get("enabled"):
        return None
    wanted = configured.get("logTypes", {WORKER: list(STREAMS)}).get(WORKER, [])
    if stream.upper() not in [one.upper() for one in wanted]:
        return None
    prefix = configured.get("logStreamNamePrefix", "")
    name = f"{prefix}/{folder(run, attempt)}/{stream}"
    return configured.get("logGroupName", DEFAULT_GROUP), name
