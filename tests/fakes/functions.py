"""Fakes of the ports: in memory, exact, and able to fail. They pass the suites that the AWS adapters pass."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from chalicelib.aws.batch_items import QUARANTINE, UNBILLED, lists_of
from chalicelib.aws.page_items import page_id
from chalicelib.domain import photo_counts
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerPhoto, Page, ScheduledJob, Upload
from chalicelib.domain.states import OPEN
from chalicelib.services.ports import Job, JobRun
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
    """The ledger in dictionaries under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.photos: dict[str, str] = {}
        """The names of the pages on which photos were registered, by photo."""
        self.kept_pages: dict[str, Page] = {}
        self.named: dict[str, list[str]] = {}
        """The names of the pages that a batch is to take."""
        self.kept: dict[str, Batch] = {}
        self.leases: dict[str, tuple[str, datetime]] = {}
        self.fuse = Breaker()

    def register(self, uploads: Sequence[Upload], now: datetime) -> Sequence[bool | RetryLater]:
        with self._lock:
            new = [one for one in uploads if self._is_new(one)]
            if new:
                self._put([LedgerPhoto(one, one.uploaded_at) for one in new], now)
            return [one in new for one in uploads]

    def _is_new(self, upload: Upload) -> bool:
        return upload.photo_id not in self.photos

    def _put(self, photos: Sequence[LedgerPhoto], now: datetime, source: str | None = None, revision: int = 0) -> str:
        name = page_id(now, f"{len(self.kept_pages):08}")
        size = len(repr(photos))
        self.kept_pages[name] = Page(name, tuple(photos), source=source, revision=revision, size_bytes=size)
        for photo in photos:
            self.photos.setdefault(photo.upload.photo_id, name)
        return name

    def page_of(self, photo_id: str) -> Page | None:
        return self.kept_pages[self.photos[photo_id]] if photo_id in self.photos else None

    def pages(self, page_ids: Sequence[str]) -> Sequence[Page]:
        return [self.kept_pages[name] for name in page_ids]

    def waiting(self, at_most: int) -> Sequence[Page]:
        with self._lock:
            pages = sorted((p for p in self.kept_pages.values() if p.batch_id is None), key=lambda p: p.page_id)
        before = accumulate((len(page.photos) for page in pages), initial=0)
        return [page for page, number in zip(pages, before, strict=False) if number < at_most]

    def move_mark(self, now: datetime) -> None:
        """Every page is in memory."""

    def open_batch(self, batch: Batch, pages: Sequence[Page], now: datetime) -> bool:  # noqa: ARG002
        self.named.setdefault(batch.batch_id, [page.page_id for page in pages])
        return self.save(batch)

    def take(self, batch_id: str, now: datetime) -> Sequence[LedgerPhoto]:  # noqa: ARG002
        for name in self.named[batch_id]:
            self._take(name, batch_id)
        return self.photos_of(batch_id)

    def _take(self, name: str, batch_id: str) -> None:
        with self._lock:
            if self.kept_pages[name].batch_id is None:
                self.kept_pages[name] = replace(self.kept_pages[name], batch_id=batch_id)

    def photos_of(self, batch_id: str) -> Sequence[LedgerPhoto]:
        pages = self.pages(self.named.get(batch_id, []))
        return [photo for page in pages if page.batch_id == batch_id for photo in page.photos]

    def save(self, batch: Batch, again: Sequence[LedgerPhoto] = (), now: datetime | None = None) -> bool:
        with self._lock:
            known = self.kept.get(batch.batch_id)
            if batch.revision != (known.revision + 1 if known else 0):
                return False
            if again and now is not None:
                photos = [replace(photo, waiting_since=now) for photo in again]
                page = self._put(photos, now, batch.batch_id, batch.revision)
                batch = replace(batch, released=(*batch.released, page))
            self.kept[batch.batch_id] = batch
            return True

    def batch(self, batch_id: str) -> Batch | None:
        return self.kept.get(batch_id)

    def open_batches(self) -> Sequence[Batch]:
        return [batch for batch in self.kept.values() if batch.state in OPEN]

    def quarantined(self) -> Sequence[Batch]:
        return [batch for batch in self.kept.values() if QUARANTINE in lists_of(batch)]

    def unbilled(self, at_most: int) -> Sequence[Batch]:
        return [batch for batch in self.kept.values() if UNBILLED in lists_of(batch)][:at_most]

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
            if name in self.leases and self.leases[name][0] != holder and self.leases[name][1] > now:
                return False
            self.leases[name] = (holder, until)
            return True

    def release(self, name: str, holder: str) -> None:
        with self._lock:
            if self.leases.get(name, ("", START))[0] == holder:
                del self.leases[name]

    def batches(self, newest: int | None = None) -> Sequence[Batch]:
        found = sorted(self.kept.values(), key=lambda batch: batch.batch_id)
        return found if newest is None else found[len(found) - min(newest, len(found)) :]

    def counts(self) -> Mapping[str, int]:
        return photo_counts.counts(self.kept.values(), self.kept_pages.values())


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
