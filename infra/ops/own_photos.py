"""Wait for the photos that one has uploaded oneself: others may upload at the same time, and a queue only estimates."""

import time
from collections.abc import Callable, Sequence

from chalicelib.domain.states import PhotoState
from contracts.errors import RetryLater
from infra.ops.pipeline import Pipeline
from infra.ops.polling import poll
from infra.ops.stack_state import StackState
from infra.ops.uploads import Uploaded

ENDS = frozenset({PhotoState.DONE, PhotoState.REJECTED, PhotoState.QUARANTINED})


def wait_for_rows(
    pipeline: Pipeline,
    uploaded: Sequence[Uploaded],
    show: Callable[[StackState], None],
    *,
    within: float = 7200.0,
    sleep: Callable[[float], None] = time.sleep,
) -> StackState:
    """Watch until each of these photos is at its end; `show` is called with each look at the whole pipeline.

    A look asks for one photo more than have settled since the last one: they settle in batches.

    Raises:
        RetryLater: `within` seconds were not enough; the message says how many are left.
    """
    pending = list(uploaded)
    for state in poll(pipeline.state, within=within, every=pipeline.pause, sleep=sleep):
        show(state)
        while pending and _has_ended(pipeline, pending[-1]):
            pending.pop()
        if not pending:
            return state
    raise RetryLater(
        f"after {within / 60:.0f} minutes up to {len(pending):,} of {len(uploaded):,} photos have no row yet: they "
        "wait for a batch, or their run is not over. `fruits status` says which"
    )


def _has_ended(pipeline: Pipeline, one: Uploaded) -> bool:
    photo = pipeline.photo(one.bucket, one.key, one.version_id or "")
    return photo is not None and photo.state in ENDS
