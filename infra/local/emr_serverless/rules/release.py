"""Release labels: `emr-7.14.0`, and since Spark 4 also `emr-spark-8.1.0`. Pure.

Sources, User Guide: "Job concurrency and queuing" (7.0, on by default from 7.3), "Job resiliency" (7.1), the service
model on `executionTimeoutMinutes` (7.11), the release page of emr-spark-8.1.0 on merged configurations.
"""

import re

from .errors import ValidationError

_LABEL = re.compile(r"emr(?:-spark)?-(\d+)\.(\d+)(?:\.\d+)?(?:-[a-z0-9]+)?")

QUEUES = (7, 0)
QUEUES_BY_DEFAULT = (7, 3)
RETRIES = (7, 1)
BATCH_TIMEOUT_IS_BOUNDED = (7, 11)
MERGES_SPARK_DEFAULTS = (8, 1)


def version(label: str) -> tuple[int, int]:
    """Return (major, minor) of a release label. Raises ValidationError for any other label."""
    found = _LABEL.fullmatch(label)
    if not found:
        raise ValidationError(f"Release label {label} is not supported")
    return int(found[1]), int(found[2])
