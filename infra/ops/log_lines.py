"""Lines of several logs as one: each with its time, its source and what it says. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_USUAL = frozenset(
    {
        "level", "location", "message", "timestamp", "service", "cold_start", "function_name", "function_memory_size",
        "function_arn", "function_request_id", "correlation_id", "xray_trace_id",
    }
)  # fmt: skip
"""What every line of a function has beside what it says."""
_SPARK_TIME = re.compile(r"(\d\d/\d\d/\d\d \d\d:\d\d:\d\d) ")
"""Log4j's time, as Spark's driver prints it, in UTC; other lines have none."""
_SERVICE = re.compile(r"(START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION|TELEMETRY|XRAY|RESTORE_\w+)\b")
"""How Lambda's own lines about a call begin."""


@dataclass(frozen=True, slots=True, order=True)
class LogLine:
    """One line. `at` is UTC; `request` is the id of a function's call, None in a run's log."""

    at: datetime
    source: str
    text: str
    request: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the line as `fruits logs --json` has it."""
        return {"at": f"{self.at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z", "source": self.source, "text": self.text}


def of_function(source: str, millis: int, message: str) -> LogLine | None:
    """Return a structured line of a function's log; None for the service's own lines and for metrics."""
    try:
        said = json.loads(message)
    except ValueError:
        return None
    if not isinstance(said, dict) or "_aws" in said or "message" not in said:
        return None
    facts = " ".join(f"{name}={_value(value)}" for name, value in said.items() if name not in _USUAL)
    level = "" if said.get("level") == "INFO" else f"{said.get('level')} "
    at = _own_time(said) or datetime.fromtimestamp(millis / 1000, UTC)
    return LogLine(at, source, f"{level}{said['message']} {facts}".rstrip(), said.get("function_request_id"))


def of_call(source: str, millis: int, message: str) -> LogLine | None:
    """Return a line of a function's log as people read it; None for Lambda's own lines about a call and for metrics.

    A line without structure stays as it is: a crash or a call that ran out of time says so in one.
    """
    line = of_function(source, millis, message)
    if line is not None or not message.strip() or _SERVICE.match(message) or message.startswith('{"_aws"'):
        return line
    return LogLine(datetime.fromtimestamp(millis / 1000, UTC), source, message.rstrip())


def of_run(source: str, log: str, begun: datetime) -> Iterator[LogLine]:
    """Yield the lines of a run's log; one without a time has that of the line before, the first ones `begun`."""
    at = begun
    for line in log.splitlines():
        found = _SPARK_TIME.match(line)
        if found:
            at = datetime.strptime(found[1], "%y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
        if line.strip():
            yield LogLine(at, source, line[found.end() :] if found else line)


def in_order(lines: Iterable[LogLine]) -> list[LogLine]:
    """Return the lines by time, each once; lines of one moment keep the order in which they came."""
    return sorted(dict.fromkeys(lines), key=lambda line: line.at)


def accepted(message: str) -> bool:
    """Return whether a line of `collect` says that it registered a photo."""
    try:
        said: Mapping[str, Any] = json.loads(message)
        return bool(said["message"] == "collect" and said["counts"].get("accepted"))
    except (ValueError, TypeError, KeyError):
        return False


def _own_time(said: Mapping[str, Any]) -> datetime | None:
    """Return when the function wrote the line: the service's time may be that of the end of the call."""
    try:
        return datetime.strptime(str(said["timestamp"]), "%Y-%m-%d %H:%M:%S,%f%z").astimezone(UTC)
    except (KeyError, ValueError):
        return None


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
