"""The two error families: try again, and give up.

A job's entry point turns them into exit codes, and a function counts them, so whoever started the work can tell which
it was.
"""

from typing import Any

from contracts.jobs.report import GIVE_UP_CODE, RETRY_LATER_CODE


class PipelineError(Exception):
    """Anything this project raises on purpose."""

    exit_code = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the error's members of the closing report."""
        return {"outcome": type(self).__name__}


class RetryLater(PipelineError):
    """Nothing is wrong with the input; the same call may succeed later: a throttle, a lost reply, a busy service."""

    exit_code = RETRY_LATER_CODE


class GiveUp(PipelineError):
    """The input or the configuration is wrong; trying again changes nothing.

    `outcome` is the name that a function counts the error by. The message then begins with it.
    """

    exit_code = GIVE_UP_CODE

    def __init__(self, message: str, outcome: str | None = None) -> None:
        super().__init__(f"{outcome}: {message}" if outcome else message)
        self.outcome = outcome or "give_up"
