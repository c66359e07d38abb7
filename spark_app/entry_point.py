"""What all entry points share: the options that say where objects are, the clock, and how a run ends."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from contracts.errors import PipelineError
from contracts.jobs.report import encode
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.objects import write_object


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


class Stopwatch:
    """Keeps the wall time of steps, in seconds to the millisecond. It runs from the moment it is made."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._started = perf_counter()

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Book the block's time under a step's name; a block that raises is not booked."""
        started = perf_counter()
        yield
        self.seconds[step] = round(perf_counter() - started, 3)

    def total(self) -> float:
        """Return the seconds since the stopwatch was made."""
        return round(perf_counter() - self._started, 3)

    def around(self, steps: Mapping[str, float]) -> dict[str, float]:
        """Return the seconds of a whole run: this stopwatch's steps, then those of its main part, then the total."""
        return {**self.seconds, **steps, "total": self.total()}


def run_job(work: Callable[[], Mapping[str, Any]], report: str | None, store: StoreSettings) -> int:
    """Do the work, print what it returns as one JSON line, and return the exit code.

    A PipelineError gives a line too; any other error passes through. The line is also written to the URI `report`; a
    report that cannot be written changes nothing else.
    """
    try:
        closing, code = work(), 0
    except PipelineError as error:
        closing, code = {**error.to_dict(), "exit_code": error.exit_code, "error": str(error)}, error.exit_code
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    line = encode(closing)
    sys.stdout.write(line.decode())
    if report:
        _write_report(line, report, store)
    return code


def _write_report(line: bytes, report: str, store: StoreSettings) -> None:
    try:
        write_object(report, line, store)
    except Exception as error:  # noqa: BLE001  the run is over, and a lost report must not change how it ended
        sys.stderr.write(f"the report is not written: {type(error).__name__}: {error}\n")
