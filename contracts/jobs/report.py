"""The closing report of a job run: how it ended, one JSON object, where `--report` of its front door says.

A run of EMR Serverless tells the event bus only that it failed, never its exit code: whoever keeps the ledger reads it
here, and knows a run that may be tried again from one that may not. No report means that the run died on its way.
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
    """How a run ended. `exit_code` is the process's: 0 done, 75 try again later, 65 give up, else a fault of ours."""

    outcome: str
    """`done`, `RetryLater`, `GiveUp`, or what a front door calls a success of another kind, such as `unchanged`."""
    exit_code: int
    error: str
    """For a person; empty after a success."""


def key(run_name: str) -> str:
    """Return where a run's report lies below the results' prefix. `run_name`: as StartJobRun was given it."""
    return f"{run_name}/report.json"


def encode(told: Mapping[str, Any]) -> bytes:
    """Write a front door's closing line. A member that is not given is that of a success: exit code 0, no error."""
    return json.dumps({"exit_code": 0, "error": "", **told}).encode() + b"\n"


def decode(data: bytes) -> Closing:
    """Read what `encode` wrote; members of later releases and of each job's own are passed over.

    Raises:
        ValueError: it is anything else.
    """
    try:
        found = json.loads(data)
        closing = Closing(found["outcome"], found["exit_code"], found["error"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no closing report: {type(error).__name__}") from error
    if not (isinstance(closing.outcome, str) and type(closing.exit_code) is int and isinstance(closing.error, str)):
        raise ValueError("no closing report: a member is of another type")
    return closing
