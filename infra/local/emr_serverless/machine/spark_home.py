"""A Spark of the job's own: links to the installed one, so that what Spark leaves in its home lies in the job's folder.

In `local-cluster` Spark makes each executor's folder below SPARK_HOME, and has no setting for it.
"""

from collections.abc import Sequence
from pathlib import Path


def link_spark(command: Sequence[str], folder: Path) -> dict[str, str]:
    """Make the links in a folder; return the variables that name it. None are needed for a Spark that is not found.

    `command` begins with an installed Spark's `bin/spark-submit`.
    """
    installed = Path(command[0]).resolve().parent.parent
    if not (installed / "jars").is_dir():
        return {}
    folder.mkdir()
    for path in installed.iterdir():
        if path.name != "work":
            (folder / path.name).symlink_to(path)
    return {"SPARK_HOME": str(folder)}
