"""What all front doors share: where objects are, and how a run ends: one JSON line and an exit code."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from spark_app.errors import PipelineError
from spark_app.objects import StoreSettings


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


def ended(work: Callable[[], Mapping[str, Any]]) -> int:
    """Do the work, print what it returns as one JSON line, and return the exit code; an error of ours is a line too."""
    try:
        told, code = work(), 0
    except PipelineError as error:
        told, code = {**error.told(), "exit_code": error.exit_code, "error": str(error)}, error.exit_code
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    sys.stdout.write(json.dumps(told) + "\n")
    return code
