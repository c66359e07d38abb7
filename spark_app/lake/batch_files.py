"""Replace a batch's rows by data files that tasks have written, in one commit and without Spark SQL."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkContext

from contracts.errors import RetryLater
from spark_app.lake.new_files import NewFile, data_file
from spark_app.lake.tables import RUN_PROPERTY, retry_later_if_lost, snapshot_of

_UNKNOWN = "CommitStateUnknownException"


def replace_batch(
    context: SparkContext, loaded: Any, batch_id: str, files: Sequence[NewFile], since: int | None, run_id: str
) -> int:
    """Replace all rows of a batch by those of `files`, and return the new snapshot's id.

    The commit is the one that `tables.replace_batch` has Spark make: serializable, and validated from `since`. If it
    loses, its files are deleted.

    Raises:
        RetryLater: another run of this batch committed meanwhile, or the catalog did not take the commit.
    """
    jvm: Any = context._jvm
    commit = loaded.newOverwrite().overwriteByRowFilter(
        jvm.org.apache.iceberg.expressions.Expressions.equal("batch_id", batch_id)
    )
    for file in files:
        commit = commit.addFile(data_file(context, loaded, file))
    if since is not None:
        commit = commit.validateFromSnapshot(since)
    commit = commit.validateNoConflictingData().validateNoConflictingDeletes().set(RUN_PROPERTY, run_id)
    try:
        with retry_later_if_lost(f"batch {batch_id}: the commit lost against another one; nothing was written"):
            commit.commit()
    except RetryLater as lost:
        if _UNKNOWN not in str(lost.__cause__):  # else the commit may have been made, and need them
            _delete(loaded.io(), files)
        raise
    loaded.refresh()
    return snapshot_of(loaded, run_id)


def _delete(io: Any, files: Iterable[NewFile]) -> None:
    for file in files:
        with suppress(Py4JError):  # what is left is an orphan, and maintenance removes those
            io.deleteFile(file.location)
