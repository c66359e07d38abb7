"""Read the logs of functions and of job runs where their services keep them."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.services.ports import ENDED
from contracts.errors import GiveUp
from infra.ops.log_lines import of_call
from infra.ops.pipeline import Pipeline

EVER = datetime(1970, 1, 1, tzinfo=UTC)
FUNCTIONS = ("collect", "submit", "on-run-event", "refit", "maintain")
_LATE_MS = 120_000
"""An event may be seen so long after one with a later time: CloudWatch takes them in from several machines."""


def read_lines(
    pipeline: Pipeline,
    of: str,
    follow: bool,
    since: datetime = EVER,
    sleep: Callable[[float], None] = time.sleep,
    *,
    raw: bool = True,
) -> Iterator[str]:
    """Yield the lines of a function's log since a moment, or all of a run's driver; `follow` it as it grows.

    A run's log is followed to the end of the run, a function's for ever. `raw`: a function's lines as it wrote them;
    else the time and what each says, without Lambda's own lines and metrics.

    Raises:
        GiveUp: there is no such function or run, or there is no log of it yet.
    """
    if of in FUNCTIONS:
        events = _read_function(pipeline, of, follow, since, sleep)
        return (line for event in events if (line := event["message"].rstrip() if raw else _short(of, event)))
    if follow:
        return _follow_run(pipeline, of, sleep)
    printed = [pipeline.log(of, stream) for stream in ("stderr", "stdout")]
    if not any(printed):
        known = ", ".join([*FUNCTIONS, *pipeline.latest_runs()])
        raise GiveUp(f"there is no log of {of!r} (yet: the first lines come while a run works). There are: {known}")
    return iter([line for text in printed if text for line in text.splitlines()])


def _short(function: str, event: Mapping[str, Any]) -> str | None:
    line = of_call(function, event["timestamp"], event["message"])
    return None if line is None else f"{line.document()['at']} {line.text}"


def _follow_run(pipeline: Pipeline, run_id: str, sleep: Callable[[float], None]) -> Iterator[str]:
    shown = {"stderr": 0, "stdout": 0}
    while True:
        ended = pipeline.run(run_id).state in ENDED  # first: what was printed before the end is still read
        for stream, number in shown.items():
            lines = (pipeline.log(run_id, stream) or "").splitlines()
            yield from lines[number:]
            shown[stream] = max(number, len(lines))
        if ended:
            return
        sleep(2.0)


def _read_function(
    pipeline: Pipeline, function: str, follow: bool, since: datetime, sleep: Callable[[float], None]
) -> Iterator[dict[str, Any]]:
    logs, group = pipeline.target.client("logs"), pipeline.stack.function_log_group(function)
    start, seen = int(since.timestamp() * 1000), set[str]()
    while True:
        try:
            pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start))
        except logs.exceptions.ResourceNotFoundException as error:
            raise GiveUp(f"{function} has no log group {group}: `fruits deploy` makes it") from error
        for event in (event for page in pages for event in page["events"]):
            # ministack gives the events of functions no id.
            name = event.get("eventId") or f"{event['logStreamName']} {event['timestamp']} {event['message']}"
            if name not in seen:
                seen.add(name)
                start = max(start, event["timestamp"] - _LATE_MS)
                yield event
        if not follow:
            return
        sleep(1.0)
