"""Ask CloudWatch Logs Insights; that of the local cloud knows no JSON, so there the log is filtered here."""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.errors import GiveUp, RetryLater
from infra.ops.polling import poll
from infra.ops.target import Target

_WITHIN_SECONDS = 60.0
_SOURCE = re.compile(r"SOURCE '([^']+)'")
_PRESENT = re.compile(r"filter ispresent\(([\w.]+)\)")

Table = Sequence[Mapping[str, str]]
"""Rows, each with the query's fields that it has."""


def rows(
    target: Target, query: str, start: datetime, end: datetime, sleep: Callable[[float], None] = time.sleep
) -> Table:
    """Return what a dashboard's query finds between two moments.

    Raises:
        GiveUp: the query names no log group, or failed.
        RetryLater: it takes longer than a minute.
    """
    source, _, rest = query.partition("|")
    found = _SOURCE.search(source)
    if found is None:
        raise GiveUp(f"the query names no log group: {query}")
    logs = target.client("logs")
    if not target.is_aws:
        asked = {"logGroupName": found[1], "startTime": int(start.timestamp() * 1000)}
        pages = logs.get_paginator("filter_log_events").paginate(**asked)
        return filtered(rest, (event for page in pages for event in page["events"]))
    asked = {"logGroupNames": [found[1]], "startTime": int(start.timestamp()), "endTime": int(end.timestamp())}
    query_id = logs.start_query(queryString=rest.strip(), **asked)["queryId"]
    for answer in poll(
        lambda: logs.get_query_results(queryId=query_id), within=_WITHIN_SECONDS, every=1.0, sleep=sleep
    ):
        if answer["status"] == "Complete":
            return [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
        if answer["status"] in ("Failed", "Cancelled", "Timeout"):
            raise GiveUp(f"the query ended as {answer['status']}: {query}")
    raise RetryLater(f"Logs Insights has not answered after {_WITHIN_SECONDS:.0f} s: {query}")


def filtered(query: str, events: Iterable[Mapping[str, Any]]) -> Table:
    """Return what a query of `fields`, `filter ispresent(…)`, `sort @timestamp desc` and `limit` finds. Pure."""
    steps = [step.strip() for step in query.split("|")]
    names = [name.strip() for step in steps if step.startswith("fields ") for name in step[7:].split(",")]
    present = [found[1] for step in steps if (found := _PRESENT.fullmatch(step))]
    limit = next((int(step[6:]) for step in steps if step.startswith("limit ")), 1000)
    lines = [(event["timestamp"], _object(event["message"])) for event in events]
    kept = [(at, line) for at, line in lines if all(_member(line, name) is not None for name in present)]
    newest = sorted(kept, key=lambda one: one[0], reverse=True)[:limit]
    return [_row(at, line, names) for at, line in newest]


def _row(at: int, line: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    moment = datetime.fromtimestamp(at / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    found = {name: moment if name == "@timestamp" else _member(line, name) for name in names}
    return {name: str(value) for name, value in found.items() if value is not None}


def _object(message: str) -> dict[str, Any]:
    try:
        found = json.loads(message)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _member(line: Mapping[str, Any], name: str) -> Any:
    found: Any = line
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
