"""Histories of the event path: anything may happen in any order, and after each step the promises are checked.

The functions are the real ones, on fakes; the job follows the rules that `spark_app` follows. A history ends with the
world made well: then every photo must come to its end.
"""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chalicelib.domain.batches import RELEASES, Batching
from chalicelib.domain.breaker import BATCHES
from chalicelib.domain.counts import CollectCount, Counts
from chalicelib.domain.records import LedgerPhoto
from chalicelib.domain.states import PHOTO_MOVES, BatchState, PhotoState
from chalicelib.services.collect import register_uploads
from chalicelib.services.ports import ENDED, Job, JobRun
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import RunName
from contracts.jobs.report import Closing
from contracts.photos.manifest import Photo
from contracts.photos.rejections import Rejection
from tests.fakes.functions import FakeJobRunner
from tests.fakes.messages import LOCATION, record
from tests.unit.functions.batch_world import World
from tests.unit.functions.scheduled_world import World as ScheduledWorld

Found = TypeVar("Found")

SMALL = Batching(target=4, most=6, max_wait=timedelta(minutes=60), in_flight=2)
OWNERS = st.sampled_from(["o1", "o" * 300, "é", "a b+c", ""])
JUDGEMENTS = st.sampled_from(["features"] * 3 + ["corrupt", "unavailable", "forbidden"])
ENDS = st.sampled_from(
    ["SUCCESS", "SUCCESS", "FAILED", "CANCELLED", "killed after its commit", "later", "gives up", "capacity"]
)
REPLIES = st.sampled_from(["kept", "kept", "lost", "throttled"])
CODES = {"later": Closing("RetryLater", 75, ""), "gives up": Closing("GiveUp", 65, "")}
CAPACITY = "Job failed as account has reached the service limit on the maximum vCPU"


CHOICES = st.integers(0, 20)


def chosen(choice: int, found: Sequence[Found], most: int = 1) -> list[Found]:
    """Return some of what there is, from anywhere and in another order: a number shrinks better than a random order."""
    start = choice % len(found)
    return [*found[start:], *found[:start]][:most][:: -1 if choice % 2 else 1]


class PromiseBrokenError(AssertionError):
    """Names the promise."""


def hold(promise: str, kept: bool) -> None:
    """Raise unless a promise is kept."""
    if not kept:
        raise PromiseBrokenError(promise)


@dataclass
class Service(FakeJobRunner):
    """EMR Serverless with its moods: it refuses another request under a token that it knows, and forgets runs."""

    refuses: bool = False
    throttles: bool = False

    def token(self, job: Job) -> str:
        return f"{job} {self.settings}"

    def start(self, job: Job) -> str:
        if self.refuses:
            raise GiveUp("StartJobRun: AccessDeniedException", "emr_refused")
        if self.throttles:
            raise RetryLater("emr: ThrottlingException")
        token, asked = self.token(job), f"{job} {self.settings}"
        if self.requests.setdefault(token, asked) != asked:
            raise GiveUp("StartJobRun: ConflictException", "emr_refused")
        return super().start(job)

    def __post_init__(self) -> None:
        self.requests: dict[str, str] = {}


class Histories(RuleBasedStateMachine):
    """One stack, and everything that may happen to it."""

    world_type: type[World] = World
    service_type: type[Service] = Service

    @initialize()
    def deploy(self) -> None:
        self.world = self.world_type(batching=SMALL)
        self.service = self.world.runner = self.service_type(self.world.manifests, judge=self.judge)
        self.scheduled = ScheduledWorld(clock=self.world.clock)
        self.says: dict[str, str] = {}
        self.messages: list[str] = []
        self.uploaded: set[str] = set()
        self.broken = False
        self.names = itertools.count()
        self.ended: dict[str, LedgerPhoto] = {}
        self.gone_when_broken = 0

    def judge(self, photo: Photo) -> str:
        return self.says.get(photo.key, "features")

    # ---------------------------------------------------------------- uploads

    @rule(owner=OWNERS, says=JUDGEMENTS, count=st.integers(1, 5))
    def upload(self, owner: str, says: str, count: int) -> None:
        for _ in range(count):
            key = f"uploads/{owner}/{next(self.names)}.jpg"
            self.says[key] = says
            event = record(key, f"v{len(self.says)}", eventTime=self.world.clock().isoformat())
            self.messages.append(json.dumps({"Records": [event]}))

    @precondition(lambda self: self.messages)
    @rule(choice=CHOICES, again=st.booleans())
    def deliver(self, choice: int, again: bool) -> None:
        """Deliver some messages in any order; some stay in the queue and come again."""
        for message in chosen(choice, self.messages, 6):
            counts = Counts()
            register_uploads([message], LOCATION, self.world.ledger, self.world.clock(), counts)
            hold(
                "every upload of ours is accepted once",
                counts[CollectCount.ACCEPTED] + counts[CollectCount.DUPLICATE] == 1,
            )
            if not again:
                self.messages.remove(message)
        self.check()

    # ---------------------------------------------------------------- submits

    @rule(minutes=st.sampled_from([0, 1, 1, 10, 60]), reply=REPLIES, refused=st.booleans())
    def submit(self, minutes: int, reply: str, refused: bool) -> None:
        self.world.clock.pass_(minutes=minutes)
        self.service.lost_replies = 2 if reply == "lost" else 0
        self.service.throttles = reply == "throttled"
        self.service.refuses = self.broken and refused
        before = self.quarantined()
        try:
            self.world.submit()
        except GiveUp as error:
            raise PromiseBrokenError("what one batch meets stops no other") from error
        self.service.throttles, self.service.lost_replies = False, 0
        self.gone_when_broken += self.broken * (self.quarantined() - before)
        self.check()

    @rule()
    def deploy_other_settings(self) -> None:
        """Change what all requests say."""
        self.service.settings = f"release {next(self.names)}"

    @rule(broken=st.sampled_from([False, False, True]))
    def break_the_set_up(self, broken: bool) -> None:
        """Take a right or a file away, or give it back: then no run of any batch can succeed."""
        self.broken, self.gone_when_broken = broken, 0

    @rule(says=JUDGEMENTS, end=ENDS, reply=REPLIES, told=st.booleans(), broken=st.booleans())
    def hour(self, says: str, end: str, reply: str, told: bool, broken: bool) -> None:
        """Let an hour pass as most do: uploads go on, and all that runs ends in one way."""
        self.break_the_set_up(broken)
        for _ in range(6 if broken else 1):
            self.upload("o1", says, 4)
            self.deliver(0, again=False)
            self.submit(10 if broken else 60, reply, refused=False)
            for _ in self.service.running():
                self.end(0, end, told)
        self.break_the_set_up(False)

    # ---------------------------------------------------------------- runs

    @precondition(lambda self: self.service.running())
    @rule(choice=CHOICES, end=ENDS, told=st.booleans())
    def end(self, choice: int, end: str, told: bool) -> None:
        run_id = chosen(choice, self.service.running())[0]
        name = self.service.jobs[run_id].name
        if self.broken:
            end = "gives up"
        if end in CODES:
            self.world.manifests.closed[name] = CODES[end]
        if end == "killed after its commit":
            self.service.commit(run_id)
        state = end if end in ENDED else "FAILED"
        run = self.service.end(run_id, state, details=CAPACITY if end == "capacity" else "")
        if told:
            self.tell(run, name)
        self.check()

    def tell(self, run: JobRun, name: RunName) -> None:
        before = self.quarantined()
        awaited = self.world.ledger.batch(name.subject)
        self.world.endings().record_end(run, self.world.tally)
        self.gone_when_broken += self.broken * (self.quarantined() - before)
        batch = self.world.ledger.batch(name.subject)
        by_name = awaited is not None and awaited.state is BatchState.READY and awaited.attempt == name.attempt
        if by_name and run.state == "SUCCESS" and batch is not None:
            hold("a run whose start had no reply is known by its name", batch.state is BatchState.DONE)

    @precondition(lambda self: any(run.state in ENDED for run in self.service.runs.values()))
    @rule(choice=CHOICES)
    def tell_again(self, choice: int) -> None:
        """Deliver an event again, or late."""
        run = chosen(choice, [run for run in self.service.runs.values() if run.state in ENDED])[0]
        assert run.name is not None
        self.tell(run, run.name)
        self.check()

    @precondition(lambda self: self.service.runs)
    @rule(choice=CHOICES)
    def forget(self, choice: int) -> None:
        """Make the application anew: the service knows nothing of a run."""
        self.service.runs.pop(chosen(choice, sorted(self.service.runs))[0])

    @rule(named=st.booleans())
    def redrive(self, named: bool) -> None:
        found = self.world.ledger.quarantined()
        self.gone_when_broken = 0  # who redrives into a wrong set-up closes the breaker, and pays once more
        self.world.redrive(found[0].batch_id if named and found else None)
        self.check()

    # ---------------------------------------------------------------- the table, and what is fitted on it

    @rule(event=st.sampled_from(["commit", "compact", "new column"]))
    def move_the_table(self, event: str) -> None:
        """A new column is a commit of metadata: it makes no snapshot."""
        if event != "new column":
            getattr(self.scheduled.history, event)()

    @rule(end=st.sampled_from(["SUCCESS", "FAILED", None]), told=st.booleans())
    def refit(self, end: str | None, told: bool) -> None:
        self.scheduled.refit()
        hold("no two refits are at work at once", len(self.scheduled.runner.running()) <= 1)
        for run_id in self.scheduled.runner.running() if end else ():
            self.scheduled.end(run_id, str(end), reported=told)
        subjects = Counter(run.name for run in self.scheduled.runner.runs.values() if run.state == "SUCCESS")
        hold("one refit a snapshot", all(number == 1 for number in subjects.values()))

    # ---------------------------------------------------------------- promises

    def quarantined(self) -> int:
        return sum(batch.state is BatchState.QUARANTINED for batch in self.world.ledger.batches())

    def live(self) -> int:
        """The most pages of one photo that wait or whose batch is not DONE."""
        ledger = self.world.ledger
        taken = {name for name, batch in ledger.kept.items() if batch.state is BatchState.DONE}
        pages = [page for page in ledger.kept_pages.values() if page.batch_id not in taken]
        return max(Counter(photo.upload for page in pages for photo in page.photos).values(), default=0)

    def counted(self) -> dict[str, int]:
        return {name: number for name, number in self.world.ledger.counts().items() if " " not in name}

    def check(self) -> None:
        """Name the promise that is broken, if one is."""
        photos, table = {one.upload.photo_id: one for one in self.world.photos()}, self.service.table
        rows = Counter(self.service.rows)
        hold("one row a photo", all(number == 1 for number in rows.values()))
        outcomes = {photo: said for batch in table.values() for photo, said in batch.items()}
        hold("an end is an end", all(photos[photo_id] == photo for photo_id, photo in self.ended.items()))
        hold("a photo is on one page that waits or whose batch is not done", self.live() <= 1)
        self.ended = {photo_id: photo for photo_id, photo in photos.items() if not PHOTO_MOVES[photo.state]}
        hold("photos are counted once each", self.counted() == Counter(photo.state for photo in photos.values()))
        for photo_id, photo in photos.items():
            if photo.state in (PhotoState.DONE, PhotoState.REJECTED):
                hold("what the ledger calls ended has its row", outcomes.get(photo_id) == photo.outcome)
            if photo.state is PhotoState.REJECTED and Rejection(str(photo.outcome)).retryable:
                hold("what may pass is tried again before it is final", photo.releases == RELEASES)
            if photo.state is PhotoState.CLAIMED:
                batch = self.world.ledger.batch(str(photo.batch_id))
                hold("nothing is stuck", batch is not None and batch.state is not BatchState.ABANDONED)
        # Two open it, and as many may be in flight just then.
        hold("a wrong set-up quarantines next to nothing", self.gone_when_broken <= BATCHES + SMALL.in_flight)

    def teardown(self) -> None:
        """Make the world well, and let a few days pass."""
        if not hasattr(self, "world"):
            return
        self.broken = self.service.refuses = self.service.throttles = False
        for message in self.messages:
            register_uploads([message], LOCATION, self.world.ledger, self.world.clock(), Counts())
        self.says = {key: said for key, said in self.says.items() if said == "corrupt"}
        for hour in range(12 + len(self.world.ledger.photos)):
            if hour > 10 and not self.world.ledger.open_batches() and not self.world.ledger.waiting(1):
                break
            if hour < 10:  # ends of long ago may still come to light
                self.world.redrive()
            self.world.clock.pass_(minutes=61)
            self.world.submit()
            for run_id in self.service.running():
                run = self.service.end(run_id)
                self.tell(run, self.service.jobs[run_id].name)
            self.check()
        states = set(self.world.states())
        hold("nothing is stuck for ever", states <= {PhotoState.DONE, PhotoState.REJECTED})
        hold("nothing is lost", len(self.service.rows) == len(self.world.ledger.photos))
