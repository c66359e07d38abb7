"""The report that a job prints as the last line of its standard output."""

import json
from typing import Any


def report_of(output: str) -> dict[str, Any]:
    """Return the last line that is a JSON object; an empty one where there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                return dict(json.loads(line))
            except ValueError:
                continue
    return {}
