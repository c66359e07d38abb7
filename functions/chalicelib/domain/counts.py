"""What the functions count: one enum a service. Each member is a name in `counts` of a structured log line.

Logs Insights reads them there. The few that become CloudWatch metrics are in `metrics.py`. Type checking keeps the code
from counting under any other name. A line says who counted by its message alone, so no two enums share a name.
"""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from contracts.jobs.names import Kind
from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES


class CollectCount(StrEnum):
    """`collect`: what became of each record of a message, as `UploadOutcome` names it."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    TEST_EVENT = "test_event"
    FOREIGN_BUCKET = "foreign_bucket"
    FOREIGN_PREFIX = "foreign_prefix"
    NOT_CREATED = "not_created"
    FOLDER_MARKER = "folder_marker"
    NOT_JSON = "not_json"
    NO_RECORDS = "no_records"
    OTHER_VERSION = "other_event_version"
    INCOMPLETE = "incomplete_record"
    UNVERSIONED = "unversioned_object"
    KEY_TOO_LONG = "key_too_long"
    RETRY_LATER = "collect_retry_later"
    """A message goes back to the queue, because the ledger did not answer."""


class SubmitCount(StrEnum):
    """`submit`: batches are made and their runs are started."""

    LEASE_HELD = "lease_held"
    """Another `submit` is at work, so this one did nothing."""
    BATCHES_INHERITED = "batches_inherited"
    """Batches whose `submit` was killed while it took pages."""
    BATCHES_ABANDONED = "batches_abandoned"
    """Batches for which no photo was left."""
    BATCHES_HELD = "batches_held"
    """Batches that are due and that the open breaker holds."""
    BREAKER_OPEN = "breaker_open"
    """1 while the breaker is open, 0 while it is closed."""
    BRAKE_HELD = "brake_held"
    """The month's budget is spent, so nothing was made and nothing started."""
    RUNS_STARTED = "batch_runs_started"
    PHOTOS_SUBMITTED = "photos_submitted"
    RUNS_RECONCILED = "batch_runs_reconciled"
    """Runs that had ended without an event that reached us."""
    START_LATER = "batch_start_later"
    """Starts without a reply. The run may have started."""
    BATCH_LATER = "batch_later"
    """Batches for which a service did not answer. The next minute goes on."""
    RETRY_LATER = "submit_retry_later"


class BatchGiveUpCount(StrEnum):
    """`submit`: a service refused a call for one batch, and the other batches went on."""

    DYNAMODB_REFUSED = "batch_dynamodb_refused"
    S3_REFUSED = "batch_s3_refused"
    EMR_REFUSED = "batch_emr_refused"
    OTHER = "batch_give_up"

    @classmethod
    def _missing_(cls, _value: object) -> "BatchGiveUpCount":
        return cls.OTHER


class EndingCount(StrEnum):
    """`submit` and `on_run_event`: the ends of batches' runs."""

    RUN_NOT_AWAITED = "batch_run_not_awaited"
    """The end of a run that no batch waits for: one of an earlier attempt, or the same end again."""
    RUN_NOT_ENDED = "batch_run_not_ended"
    RUNS_VANISHED = "batch_runs_vanished"
    """Runs that the service does not know."""
    RUNS_FAILED = "batch_runs_failed"
    RUNS_GAVE_UP = "batch_runs_gave_up"
    RUNS_LATER = "batch_runs_later"
    RUNS_NO_CAPACITY = "batch_runs_no_capacity"
    START_REFUSED = "batch_start_refused"
    BATCHES_TO_RETRY = "batches_to_retry"
    BATCHES_QUARANTINED = "batches_quarantined"
    BATCHES_DONE = "batches_done"
    RESULTS_UNREADABLE = "results_unreadable"
    """Runs that succeeded, and whose results cannot be read."""
    BILLS_FOUND = "bills_found"


class PhotoCount(StrEnum):
    """The photos of a batch that is done: `photos_features`, and `photos_` with each rejection code."""

    _ignore_ = "outcome"
    RELEASED = "photos_released"
    """They wait for another batch."""
    for outcome in (FEATURES, *Rejection):
        vars()[outcome.upper()] = f"photos_{outcome}"


class RedriveCount(StrEnum):
    """`submit` by hand: what was sent on its way again."""

    BATCHES_REDRIVEN = "batches_redriven"
    PHOTOS_REDRIVEN = "photos_redriven"


class RunEventCount(StrEnum):
    """`on_run_event`: events that lead to no batch and no scheduled job."""

    RUN_UNKNOWN = "run_unknown"
    """The service does not know the event's run."""
    JOB_RUN_NOT_AWAITED = "job_run_not_awaited"
    """The run of a job that never ran by the ledger."""
    RETRY_LATER = "on_run_event_retry_later"


class RefitCount(StrEnum):
    """`refit`, and the ends of its runs: `TriggerOutcome` and `Verdict`, and what happens in between."""

    STARTED = "refit_started"
    STARTED_AGAIN = "refit_started_again"
    RUNNING = "refit_running"
    OVERTAKEN = "refit_overtaken"
    NO_TABLE = "refit_no_table"
    NO_ROWS = "refit_no_rows"
    NOTHING_CHANGED = "refit_nothing_changed"
    DONE_ALREADY = "refit_done_already"
    GIVEN_UP = "refit_given_up"
    RUN_STARTED = "refit_run_started"
    START_LATER = "refit_start_later"
    START_REFUSED = "refit_start_refused"
    RUN_NOT_AWAITED = "refit_run_not_awaited"
    RUN_NOT_ENDED = "refit_run_not_ended"
    RUN_RECONCILED = "refit_run_reconciled"
    RUN_VANISHED = "refit_run_vanished"
    DONE = "refit_done"
    FAILED = "refit_failed"
    GAVE_UP = "refit_gave_up"
    LATER = "refit_later"
    NO_CAPACITY = "refit_no_capacity"
    RETRY_LATER = "refit_retry_later"


class MaintainCount(StrEnum):
    """`maintain`, and the ends of its runs, as `RefitCount`."""

    STARTED = "maintain_started"
    STARTED_AGAIN = "maintain_started_again"
    RUNNING = "maintain_running"
    OVERTAKEN = "maintain_overtaken"
    NO_TABLE = "maintain_no_table"
    NO_ROWS = "maintain_no_rows"
    NOTHING_CHANGED = "maintain_nothing_changed"
    DONE_ALREADY = "maintain_done_already"
    GIVEN_UP = "maintain_given_up"
    RUN_STARTED = "maintain_run_started"
    START_LATER = "maintain_start_later"
    START_REFUSED = "maintain_start_refused"
    RUN_NOT_AWAITED = "maintain_run_not_awaited"
    RUN_NOT_ENDED = "maintain_run_not_ended"
    RUN_RECONCILED = "maintain_run_reconciled"
    RUN_VANISHED = "maintain_run_vanished"
    DONE = "maintain_done"
    FAILED = "maintain_failed"
    GAVE_UP = "maintain_gave_up"
    LATER = "maintain_later"
    NO_CAPACITY = "maintain_no_capacity"
    RETRY_LATER = "maintain_retry_later"


class GiveUpCount(StrEnum):
    """Why a call was given up, or in `collect` why all its messages go back. Each is the `outcome` of a `GiveUp`."""

    SETTINGS = "settings"
    SUBMIT_PAYLOAD = "submit_payload"
    REFIT_PAYLOAD = "refit_payload"
    MAINTAIN_PAYLOAD = "maintain_payload"
    NO_SUCH_BATCH = "no_such_batch"
    NOT_IN_QUARANTINE = "not_in_quarantine"
    METADATA_UNREADABLE = "metadata_unreadable"
    POINTER_UNREADABLE = "pointer_unreadable"
    DYNAMODB_REFUSED = "dynamodb_refused"
    S3_REFUSED = "s3_refused"
    GLUE_REFUSED = "glue_refused"
    EMR_REFUSED = "emr_refused"
    OTHER = "give_up"

    @classmethod
    def _missing_(cls, _value: object) -> "GiveUpCount":
        return cls.OTHER


JobCount: TypeAlias = RefitCount | MaintainCount
Count: TypeAlias = (
    CollectCount
    | SubmitCount
    | BatchGiveUpCount
    | EndingCount
    | PhotoCount
    | RedriveCount
    | RunEventCount
    | JobCount
    | GiveUpCount
)


class Counts(Counter[Count]):
    """What one call counts. The use cases add to it, and the handler sends it."""

    def __init__(self, *given: Mapping[Count, int]) -> None:
        super().__init__(*given)
        self.upload_to_row: list[float] = []
        """Seconds from upload to the settled row, a value a photo."""


OF_JOB: Mapping[Kind, type[RefitCount] | type[MaintainCount]] = MappingProxyType(
    {Kind.REFIT: RefitCount, Kind.MAINTAIN: MaintainCount}
)
"""The counts of each scheduled job. Their members have the same names."""


def of_verdict(name: str) -> EndingCount:
    """Return the count of a batch's run by the name of its `Verdict`."""
    return EndingCount[f"RUNS_{name}"]


def named(counts: Counts) -> dict[str, int]:
    """Return the numbers by the names of their metrics."""
    return {str(name): number for name, number in counts.items()}
