"""The two error families of the Spark house: try again, and give up.

A front door turns them into exit codes, so that whoever started the run can tell one from the other.
"""

from typing import Any


class PipelineError(Exception):
    """Anything this project raises on purpose."""

    exit_code = 1

    def told(self) -> dict[str, Any]:
        """Say in the report's terms which error it is."""
        return {"outcome": type(self).__name__}


class RetryLater(PipelineError):
    """Nothing is wrong with the input; the same run may succeed later."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h


class GiveUp(PipelineError):
    """The input or the configuration is wrong; running again changes nothing."""

    exit_code = 65  # EX_DATAERR of sysexits.h
