"""The two error families of the Spark house: try again, and give up.

A front door turns them into exit codes, so that whoever started the run can tell one from the other.
"""

from typing import Any

from infra.contracts.report import GIVE_UP_CODE, RETRY_LATER_CODE


class PipelineError(Exception):
    """Anything this project raises on purpose."""

    exit_code = 1

    def told(self) -> dict[str, Any]:
        """Say in the report's terms which error it is."""
        return {"outcome": type(self).__name__}


class RetryLater(PipelineError):
    """Nothing is wrong with the input; the same run may succeed later."""

    exit_code = RETRY_LATER_CODE


class GiveUp(PipelineError):
    """The input or the configuration is wrong; running again changes nothing."""

    exit_code = GIVE_UP_CODE
