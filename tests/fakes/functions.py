"""Fakes of the ports: in memory, exact, and able to fail. They pass the suites that the AWS adapters pass."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chalicelib.aws.batch_items import QUARANTINE, UNBILLED, index_of
from chalicelib.aws.ledger_items import counted
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerPhoto, ScheduledJob, Upload
from chalicelib.domain.states import OPEN, PHOTO_MOVES, PhotoState, refuse_illegal_move
from chalicelib.services.ports import Job, JobRun, Settled
from contracts.errors import RetryLater
from contracts.jobs.names import Kind, RunName
from contracts.jobs.report import Closing
from contracts.photos.manifest import Manifest, Photo
from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES, Result, encode
from spark_app.extract.manifest import decode

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class FakeClock:
    """A time that moves only by `pass_`."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **kwargs: float) -> None:
        self.time += timedelta(**kwargs)


class FakeLedger:
    """The ledger in a dictionary under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.photos: dict[str, LedgerPhoto] = {}
        self.kept: dict[str, Batch] = {}
        self.leases: dict[str, tuple[str, datetime]] = {}
        self.fuse = Breaker()

    def register(self, upload: Upload, now: datetime) -> bool:  # noqa: ARG002
        with self._lock:
            known = upload.photo_id in self.photos
            self.photos.setdefault(upload.photo_id, LedgerPhoto(upload, upload.uploaded_at))
            return not known

    def photo(self, photo_id: str) -> LedgerPhoto | None:
        return self.photos.get(photo_id)

    def waiting(self, at_most: int) -> Sequence[LedgerPhoto]:
        with self._lock:
            found = [(one.waiting_since, name) for name, one in self.photos.items() if one.state is PhotoState.WAITING]
            return [self.photos[name] for _, name in sorted(found)[:at_most]]

    def claim(self, photos: Sequence[LedgerPhoto], batch_id: str) -> Sequence[LedgerPhoto]:
        return [photo for photo in photos if self._claim(photo, batch_id)]

    def _claim(self, photo: LedgerPhoto, batch_id: str) -> bool:
        with self._lock:
            found = self.photos[photo.upload.photo_id]
            if found.state is not PhotoState.WAITING:
                return False
            self.photos[photo.upload.photo_id] = replace(found, state=PhotoState.CLAIMED, batch_id=batch_id)
            return True

    def photos_of(self, batch_id: str, state: PhotoState = PhotoState.CLAIMED) -> Sequence[LedgerPhoto]:
        with self._lock:
            return [p for p in self.photos.values() if p.batch_id == batch_id and p.state is state]

    def settle(self, batch_id: str, settled: Iterable[Settled], now: datetime) -> int:
        return sum(self._settle(batch_id, one, now) for one in list(settled))

    def _settle(self, batch_id: str, one: Settled, now: datetime) -> bool:
        refuse_illegal_move(PhotoState.CLAIMED, one.state, PHOTO_MOVES)
        with self._lock:
            photo = self.photos[one.photo_id]
            if photo.state is not PhotoState.CLAIMED or photo.batch_id != batch_id:
                return False
            said = {name: value for name, value in (("outcome", one.outcome), ("label", one.label)) if value}
            photo = replace(photo, state=one.state, **said)  # type: ignore[arg-type]
            if one.state is PhotoState.WAITING:
                photo = replace(photo, batch_id=None, releases=photo.releases + 1, waiting_since=now)
            self.photos[one.photo_id] = photo
            return True

    def reopen(self, batch_id: str, photos: Iterable[LedgerPhoto], state: PhotoState, now: datetime) -> int:
        return sum(self._reopen(batch_id, photo, state, now) for photo in list(photos))

    def _reopen(self, batch_id: str, photo: LedgerPhoto, state: PhotoState, now: datetime) -> bool:
        refuse_illegal_move(PhotoState.QUARANTINED, state, PHOTO_MOVES)
        with self._lock:
            found = self.photos[photo.upload.photo_id]
            if found.state is not PhotoState.QUARANTINED or found.batch_id != batch_id:
                return False
            found = replace(found, state=state)
            if state is PhotoState.WAITING:
                found = replace(found, batch_id=None, releases=0, waiting_since=now)
            self.photos[photo.upload.photo_id] = found
            return True

    def save(self, batch: Batch) -> bool:
        with self._lock:
            known = self.kept.get(batch.batch_id)
            if batch.revision != (known.revision + 1 if known else 0):
                return False
            self.kept[batch.batch_id] = batch
            return True

    def batch(self, batch_id: str) -> Batch | None:
        return self.kept.get(batch_id)

    def open_batches(self) -> Sequence[Batch]:
        return [batch for batch in self.kept.values() if batch.state in OPEN]

    def quarantined(self) -> Sequence[Batch]:
        return [batch for batch in self.kept.values() if index_of(batch) == QUARANTINE]

    def unbilled(self, at_most: int) -> Sequence[Batch]:
        return [batch for batch in self.kept.values() if index_of(batch) == UNBILLED][:at_most]

    def breaker(self) -> Breaker:
        return self.fuse

    def keep_breaker(self, breaker: Breaker) -> bool:
        with self._lock:
            if breaker.revision != self.fuse.revision + 1:
                return False
            self.fuse = breaker
            return True

    def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        with self._lock:
            if name in self.leases and self.leases[name][1] > now:
                return False
            self.leases[name] = (holder, until)
            return True

    def release(self, name: str, holder: str) -> None:
        with self._lock:
            if self.leases.get(name, ("", START))[0] == holder:
                del self.leases[name]

    def batches(self) -> Sequence[Batch]:
        return sorted(self.kept.values(), key=lambda batch: batch.batch_id)

    def counts(self) -> Mapping[str, int]:
        return Counter(name for photo in self.photos.values() for name in counted(photo.state, photo.outcome))


class FakeJobLedger:
    """scheduled jobs in a dictionary under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.kept: dict[Kind, ScheduledJob] = {}

    def job(self, kind: Kind) -> ScheduledJob | None:
        return self.kept.get(kind)

    def keep(self, job: ScheduledJob) -> bool:
        with self._lock:
            known = self.kept.get(job.kind)
            if job.revision != (known.revision + 1 if known else 0):
                return False
            self.kept[job.kind] = job
            return True


class FakeManifests:
    """Manifests, results and closing lines in dictionaries."""

    def __init__(self) -> None:
        self.written: dict[str, bytes] = {}
        self.found: dict[str, bytes] = {}
        self.closed: dict[RunName, Closing] = {}

    def write(self, batch_id: str, manifest: bytes) -> str:
        uri = f"s3://lake/manifests/{batch_id}.jsonl"
        self.written[uri] = manifest
        return uri

    def results(self, batch_id: str) -> bytes | None:
        return self.found.get(batch_id)

    def closing(self, run: RunName) -> Closing | None:
        return self.closed.get(run)


Judge = Callable[[Photo], str]
"""Says of a photo what a run makes of it: `features` or a rejection code."""


@dataclass
class FakeJobRunner:
    """Runs that end when the test says so. A request is remembered with its run, as the service does.

    `settings` stands for what all requests say; `table` holds the rows that extracts committed, by batch.
    """

    manifests: FakeManifests
    judge: Judge = lambda _: FEATURES
    runs: dict[str, JobRun] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    lost_replies: int = 0
    settings: str = ""
    table: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def rows(self) -> list[str]:
        """The photos of the table's rows."""
        return [photo_id for rows in self.table.values() for photo_id in rows]

    def start(self, job: Job) -> str:
        token = f"{job} {self.settings}"
        self.calls.append(token)
        run_id = self.tokens.setdefault(token, f"run-{len(self.tokens)}")
        self.jobs[run_id] = job
        self.runs.setdefault(run_id, JobRun(run_id, job.name, "SUBMITTED", "", None, {}))
        if self.lost_replies:
            self.lost_replies -= 1
            raise RetryLater("emr: ReadTimeoutError")
        return run_id

    def get_run(self, run_id: str) -> JobRun | None:
        return self.runs.get(run_id)

    def manifest(self, run_id: str) -> Manifest:
        return decode(self.manifests.written[self.manifest_uri(run_id)])

    def manifest_uri(self, run_id: str) -> str:
        arguments = self.jobs[run_id].arguments
        return arguments[arguments.index("--manifest") + 1]

    def end(self, run_id: str, state: str = "SUCCESS", results: bool = True, details: str = "") -> JobRun:
        """End a run; an extract that succeeds replaces its batch's rows, and writes a result for each photo."""
        name = self.jobs[run_id].name
        if state == "SUCCESS" and results and name.kind is Kind.EXTRACT:
            self.manifests.found[name.subject] = encode(self.commit(run_id))
        self.runs[run_id] = JobRun(run_id, name, state, details, 60, {"vCPUHour": 0.1})
        return self.runs[run_id]

    def commit(self, run_id: str) -> list[Result]:
        """Replace the batch's rows as the job does, and return what it says of each photo."""
        batch_id = self.jobs[run_id].name.subject
        elsewhere = {one: said for other, rows in self.table.items() if other != batch_id for one, said in rows.items()}
        found = [self._result(photo) for photo in self.manifest(run_id).photos]
        written = {one.photo_id: one.outcome for one in found if one.row_written and one.photo_id not in elsewhere}
        self.table[batch_id] = written
        return [Result(one.photo_id, elsewhere[one.photo_id]) if one.photo_id in elsewhere else one for one in found]

    def _result(self, photo: Photo) -> Result:
        """Judge a photo as the job does: what may pass is left out of the table, unless it is the last try."""
        outcome = self.judge(photo)
        passing = outcome != FEATURES and Rejection(outcome).retryable and not photo.last_try
        return Result(photo.photo_id, outcome, row_written=not passing)

    def running(self) -> list[str]:
        return [run.run_id for run in self.runs.values() if run.state in ("SUBMITTED", "RUNNING")]
