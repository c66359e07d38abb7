"""Read the logs of functions and of job runs where their services keep them."""

import time
from collections.abc import Callable, Iterator

from contracts.errors import GiveUp
from infra.ops.pipeline import Pipeline
from infra.ops.stack import NAME
from infra.ops.target import Target

FUNCTIONS = ("collect", "submit", "on-run-event", "refit", "maintain")


def read_lines(pipeline: Pipeline, of: str, follow: bool, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Yield the lines of a function's log, or of a run's driver; `follow` a function's log as it grows.

    Raises:
        GiveUp: there is no such function or run, or the log of the run is not there yet.
    """
    if of in FUNCTIONS:
        return _read_function(pipeline.target, of, follow, sleep)
    printed = {stream: pipeline.log(of, stream) for stream in ("stderr", "stdout")}
    if not any(printed.values()):
        known = ", ".join([*FUNCTIONS, *(run.run_id for run in pipeline.runs())])
        raise GiveUp(f"there is no log of {of!r} (yet: a run's log is there when it has ended). There are: {known}")
    return iter([line for text in printed.values() if text for line in text.splitlines()])


def _read_function(target: Target, function: str, follow: bool, sleep: Callable[[float], None]) -> Iterator[str]:
    logs = target.client("logs")
    seen: set[str] = set()
    while True:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{NAME}-{function}")
        for event in (event for page in pages for event in page["events"]):
            # ministack gives the events of functions no id.
            name = event.get("eventId") or f"{event['logStreamName']} {event['timestamp']} {event['message']}"
            if name not in seen:
                seen.add(name)
                yield event["message"].rstrip()
        if not follow:
            return
        sleep(1.0)
