"""Fakes of the ports: in memory, exact, and able to fail. They pass the suites that the AWS adapters pass."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chalicelib.errors import RetryLater
from chalicelib.ledger_items import counted
from chalicelib.ports import Job, JobRun, Settled
from chalicelib.records import Batch, LedgerPhoto, StandingJob, Upload
from chalicelib.run_names import Kind
from chalicelib.states import OPEN, PHOTO_MOVES, PhotoState, check
from infra.contracts.manifest import Manifest, Photo
from infra.contracts.results import FEATURES, Result, encode
from spark_app.manifest import decode

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class FakeClock:
    """A time that moves only when told."""

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

    def register(self, upload: Upload, now: datetime) -> bool:  # noqa: ARG002
        with self._lock:
            known = upload.photo_id in self.photos
            self.photos.setdefault(upload.photo_id, LedgerPhoto(upload, upload.uploaded_at))
            return not known

    def photo(self, photo_id: str) -> LedgerPhoto | None:
        return self.photos.get(photo_id)

    def waiting(self, at_most: int) -> Sequence[LedgerPhoto]:
        with self._lock:
            found = [photo for photo in self.photos.values() if photo.state is PhotoState.WAITING]
        return sorted(found, key=lambda photo: (photo.waiting_since, photo.upload.photo_id))[:at_most]

    def claim(self, photos: Sequence[LedgerPhoto], batch_id: str) -> Sequence[LedgerPhoto]:
        return [photo for photo in photos if self._claim(photo, batch_id)]

    def _claim(self, photo: LedgerPhoto, batch_id: str) -> bool:
        with self._lock:
            found = self.photos[photo.upload.photo_id]
            if found.state is not PhotoState.WAITING:
                return False
            self.photos[photo.upload.photo_id] = replace(found, state=PhotoState.CLAIMED, batch_id=batch_id)
            return True

    def photos_of(self, batch_id: str) -> Sequence[LedgerPhoto]:
        with self._lock:
            return [p for p in self.photos.values() if p.batch_id == batch_id and p.state is PhotoState.CLAIMED]

    def settle(self, batch_id: str, settled: Iterable[Settled], now: datetime) -> int:
        return sum(self._settle(batch_id, one, now) for one in list(settled))

    def _settle(self, batch_id: str, one: Settled, now: datetime) -> bool:
        check(PhotoState.CLAIMED, one.state, PHOTO_MOVES)
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
    """Standing jobs in a dictionary under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.kept: dict[Kind, StandingJob] = {}

    def job(self, kind: Kind) -> StandingJob | None:
        return self.kept.get(kind)

    def keep(self, job: StandingJob) -> bool:
        with self._lock:
            known = self.kept.get(job.kind)
            if job.revision != (known.revision + 1 if known else 0):
                return False
            self.kept[job.kind] = job
            return True


class FakeManifests:
    """Manifests and results in a dictionary."""

    def __init__(self) -> None:
        self.written: dict[str, bytes] = {}
        self.found: dict[str, bytes] = {}

    def write(self, batch_id: str, manifest: bytes) -> str:
        uri = f"s3://lake/manifests/{batch_id}.jsonl"
        self.written[uri] = manifest
        return uri

    def results(self, batch_id: str) -> bytes | None:
        return self.found.get(batch_id)


Judge = Callable[[Photo], str]
"""Says of a photo what a run makes of it: `features` or a rejection code."""


@dataclass
class FakeJobRunner:
    """Runs that end when the test says so. A token is remembered with its run, as the service does."""

    manifests: FakeManifests
    judge: Judge = lambda _: FEATURES
    runs: dict[str, JobRun] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    lost_replies: int = 0
    rows: list[str] = field(default_factory=list)

    def start(self, job: Job, token: str) -> str:
        self.calls.append(token)
        run_id = self.tokens.setdefault(token, f"run-{len(self.tokens)}")
        self.jobs[run_id] = job
        self.runs.setdefault(run_id, JobRun(run_id, job.name, "SUBMITTED", "", None, {}))
        if self.lost_replies:
            self.lost_replies -= 1
            raise RetryLater("emr: ReadTimeoutError")
        return run_id

    def look(self, run_id: str) -> JobRun:
        return self.runs[run_id]

    def manifest(self, run_id: str) -> Manifest:
        return decode(self.manifests.written[self.manifest_uri(run_id)])

    def manifest_uri(self, run_id: str) -> str:
        arguments = self.jobs[run_id].arguments
        return arguments[arguments.index("--manifest") + 1]

    def end(self, run_id: str, state: str = "SUCCESS", results: bool = True) -> JobRun:
        """End a run; an extract that succeeds writes a row and a result for each photo of its manifest."""
        name = self.jobs[run_id].name
        if state == "SUCCESS" and results and name.kind is Kind.EXTRACT:
            photos = self.manifest(run_id).photos
            self.rows += [photo.photo_id for photo in photos]
            said = [Result(photo.photo_id, self.judge(photo)) for photo in photos]
            self.manifests.found[name.subject] = encode(said)
        self.runs[run_id] = JobRun(run_id, name, state, "", 60, {"vCPUHour": 0.1})
        return self.runs[run_id]

    def running(self) -> list[str]:
        return [run.run_id for run in self.runs.values() if run.state in ("SUBMITTED", "RUNNING")]
