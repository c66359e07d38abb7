"""What all front doors share: where objects are, and how a run ends: one JSON line, its report, an exit code."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from contracts.errors import PipelineError
from contracts.jobs.report import encode
from spark_app.stores.objects import StoreSettings, write


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where objects are. On AWS the environment says it."""
    region = os.environ.get("AWS_REGION")
    parser.add_argument("--region", default=region, help="AWS Region; S3 needs one (default: $AWS_REGION)")
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    parser.add_argument("--endpoint", default=endpoint, help="URL of an S3 to use in place of AWS")
    parser.add_argument("--folder", default=None, help="file:// URL of a folder whose sub-folders stand for buckets")


def store_of(parsed: argparse.Namespace) -> StoreSettings:
    """Return what those options say."""
    return StoreSettings(region=parsed.region, endpoint=parsed.endpoint, folder=parsed.folder)


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where the closing line goes beside standard output."""
    parser.add_argument("--report", help="also write the closing JSON line to this s3:// or file:// URI or path")


def ended(work: Callable[[], Mapping[str, Any]], report: str | None, store: StoreSettings) -> int:
    """Do the work, print what it returns as one JSON line, and return the exit code; an error of ours is a line too.

    The line is also written to the URI `report`. A report that cannot be written changes nothing else.
    """
    try:
        told, code = work(), 0
    except PipelineError as error:
        told, code = {**error.to_dict(), "exit_code": error.exit_code, "error": str(error)}, error.exit_code
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    line = encode(told)
    sys.stdout.write(line.decode())
    if report:
        _reported(line, report, store)
    return code


def _reported(line: bytes, report: str, store: StoreSettings) -> None:
    try:
        write(report, line, store)
    except Exception as error:  # noqa: BLE001  the run has ended as it has, whatever becomes of its report
        sys.stderr.write(f"the report is not written: {type(error).__name__}: {error}\n")
