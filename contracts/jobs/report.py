"""The closing report of a job run: one JSON object that says how the run ended. The flag `--report` says where it goes.

The event of a failed run does not have its exit code. The functions read it here, and so tell a run that may be tried
again from one that may not. Without a report, the run died before its end.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DONE = "done"
RETRY_LATER = "RetryLater"
GIVE_UP = "GiveUp"
RETRY_LATER_CODE = 75
"""Exit code, EX_TEMPFAIL of sysexits.h: nothing is wrong with the input."""
GIVE_UP_CODE = 65
"""Exit code, EX_DATAERR of sysexits.h: running again changes nothing."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a run ended. Exit code of the process: 0 done, 75 try again later, 65 give up, any other is a bug of ours."""

    outcome: str
    """`done`, `RetryLater`, `GiveUp`, or a job's own name for another kind of success, such as `unchanged`."""
    exit_code: int
    error: str
    """A message for people; empty after a success."""


def key(run_name: str) -> str:
    """Return the key of a run's report below the results' prefix. `run_name` is the name that StartJobRun was given."""
    return f"{run_name}/report.json"


def encode(members: Mapping[str, Any]) -> bytes:
    """Write a closing report as one line. By default the exit code is 0 and the error empty, as after a success."""
    return json.dumps({"exit_code": 0, "error": "", **members}).encode() + b"\n"


def decode(data: bytes) -> Closing:
    """Read what `encode` wrote. Ignore members of later releases and of single jobs.

    Raises:
        ValueError: the bytes are anything else.
    """
    try:
        found = json.loads(data)
        closing = Closing(found["outcome"], found["exit_code"], found["error"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no closing report: {type(error).__name__}") from error
    if not (isinstance(closing.outcome, str) and type(closing.exit_code) is int and isinstance(closing.error, str)):
        raise ValueError("no closing report: a member is of another type")
    return closing
