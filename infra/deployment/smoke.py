"""Five photos through a stack that was just put in place: does an upload become a row?"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from chalicelib.domain.records import LedgerPhoto
from chalicelib.domain.states import PhotoState
from contracts.errors import GiveUp, RetryLater
from infra.ops import uploads
from infra.ops.own_photos import ENDS
from infra.ops.pipeline import Pipeline
from infra.ops.polling import poll
from infra.ops.uploads import LabelledFile, Uploaded
from infra.samples.carried import carried
from infra.steps import Steps

PHOTOS = 5
OWNER = "deployment-check"
"""Stands in the photos' keys and rows, so that they can be told from those of people."""
VERSIONING_WAIT = timedelta(minutes=15)
"""How long S3 may take until versioning holds for a new bucket; until then a photo may have no version, or be missing.
Source: S3 User Guide, "Enabling versioning on buckets"."""


def versioning_wait(made_at: datetime, now: datetime, on_aws: bool) -> timedelta:
    """Return how long to wait before photos are uploaded to a bucket that was made then (both times aware). Pure."""
    left = VERSIONING_WAIT - (now - made_at)
    return max(left, timedelta(0)) if on_aws else timedelta(0)


def wait_for_versioning(pipeline: Pipeline, steps: Steps, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until versioning holds for the photos' bucket."""
    made = {one["Name"]: one["CreationDate"] for one in pipeline.s3.list_buckets()["Buckets"]}
    made_at = made[pipeline.stack.photos_bucket]
    wait = versioning_wait(made_at, datetime.now(UTC), on_aws=pipeline.target.is_aws)
    if wait:
        seconds = int(wait.total_seconds()) + 1
        steps.begin(f"Waiting {seconds // 60 + 1} minutes: S3 needs up to 15 until versioning holds", seconds)
        for _ in range(seconds):
            sleep(1)
            steps.advance()
        steps.end()


def upload_photos(pipeline: Pipeline, steps: Steps) -> list[Uploaded]:
    """Upload five of the carried photos, each of another fruit."""
    files = [LabelledFile(paths[0], label) for label, paths in islice(carried().items(), PHOTOS)]
    steps.begin(f"Uploading {PHOTOS} photos", PHOTOS)
    found = uploads.upload(
        pipeline.s3, pipeline.stack.photos_bucket, files, OWNER, on_progress=lambda _: steps.advance()
    )
    steps.end()
    return found


def wait_for_rows(
    pipeline: Pipeline,
    uploaded: Sequence[Uploaded],
    steps: Steps,
    *,
    within: float = 1800.0,
    every: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Mapping[str, int]:
    """Wait until each photo has its row, and return how many there are of each outcome: `features`, or a code.

    Raises:
        GiveUp: their run failed at every attempt.
        RetryLater: `within` seconds were not enough.
    """
    steps.begin("Waiting for their rows (some minutes on AWS)", len(uploaded))
    done = 0
    for photos in poll(lambda: _photos(pipeline, uploaded), within=within, every=every, sleep=sleep):
        ended = [photo for photo in photos if photo.state in ENDS]
        for _ in range(len(ended) - done):
            steps.advance()
        done = len(ended)
        if done == len(uploaded):
            steps.end()
            return _outcomes(ended)
        if len(photos) == len(uploaded) and any(photo.state is PhotoState.WAITING for photo in photos):
            pipeline.submit()  # five photos make no batch by themselves for an hour
    raise RetryLater(
        f"after {within / 60:.0f} minutes {done} of {len(uploaded)} photos have a row: see `fruits status`"
    )


def _photos(pipeline: Pipeline, uploaded: Sequence[Uploaded]) -> list[LedgerPhoto]:
    found = (pipeline.photo(one.bucket, one.key, one.version_id or "") for one in uploaded)
    return [photo for photo in found if photo is not None]


def _outcomes(photos: Sequence[LedgerPhoto]) -> Mapping[str, int]:
    if lost := [photo for photo in photos if photo.state is PhotoState.QUARANTINED]:
        raise GiveUp(f"the run of {len(lost)} photos failed at every attempt: `fruits status` names the reason")
    return Counter(str(photo.outcome) for photo in photos)
