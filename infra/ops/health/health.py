"""What a look at a stack found, and what of it needs a person. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain.batches import Batching
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.states import BatchState
from infra.ops.costs.brake import Brake
from infra.ops.health.alarms import Alarm, runbook
from infra.ops.stack_state import StackState
from infra.ops.triggers import Trigger

UNREAD = timedelta(minutes=15)
"""A message that nobody has read for so long is not on its way: `collect` reads the queue within seconds."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that needs a person: a sentence, the command that goes on from there, and the page to read."""

    says: str
    then: str
    page: str


@dataclass(frozen=True, slots=True)
class Health:
    """A stack at one moment. `oldest_message`: how long a message has lain in the queue of uploads; None: not known."""

    state: StackState
    alarms: Sequence[Alarm]
    triggers: Sequence[Trigger]
    brake: Brake
    breaker: Breaker
    batching: Batching
    oldest_message: timedelta | None = None

    @property
    def waiting(self) -> int:
        """Photos that are registered and in no batch."""
        return self.state.photos.get("WAITING", 0)

    @property
    def needs_a_person(self) -> bool:
        """Whether an alarm rings, or anything else is to be mended."""
        return bool(self.alarms) or any(concerns(self))

    @property
    def note(self) -> str | None:
        """Why photos wait where nothing holds them; None where none wait."""
        if not self.waiting or any(concerns(self)):
            return None
        at_work, most = sum(one.state is BatchState.RUNNING for one in self.state.batches), self.batching.in_flight
        if at_work >= most:
            limit = f"{at_work:,} batches are at work, and no more than {most:,} may be (MaxRunsInFlight)"
            return f"{self.waiting:,} photos wait until a run ends: {limit}"
        longest = self.batching.max_wait.total_seconds() / 60
        return (
            f"{self.waiting:,} photos wait for others, and nothing holds them: a batch takes them once "
            f"{self.batching.target:,} wait, or after {longest:,.0f} minutes at the latest"
        )


def concerns(health: Health) -> Iterator[Concern]:
    """Yield what needs a person, beside alarms: what holds photos first."""
    for trigger in health.triggers:
        if not trigger.is_on:
            yield _off(trigger, health)
    yield from _unread(health)
    yield from _held(health)
    state = health.state
    given_up = sum(one.state is BatchState.QUARANTINED or bool(one.counts.get("quarantined")) for one in state.batches)
    if given_up:
        said = _many(given_up, "batch is", "batches are") + " in quarantine: see why, mend it, then `fruits redrive`"
        yield Concern(said, "fruits batches --open", runbook("quarantined-batch"))
    if state.dead:
        said = _many(state.dead, "message is", "messages are") + " in the dead-letter queue"
        yield Concern(said, "fruits dead-letters", runbook("dead-letters"))


def _off(trigger: Trigger, health: Health) -> Concern:
    means, page = {
        "collect": (f"{_many(health.state.queued, 'message is', 'messages are')} unread{_since(health)}", "no-rows"),
        "submit": (f"nobody makes batches, and {health.waiting:,} photos wait", "submit-not-running"),
        "on-run-event": ("submit sees the ends of runs a minute later", "README"),
        "refit": ("no model is fitted on new rows", "refit-overdue"),
    }.get(trigger.function, ("nobody tidies up the tables", "README"))
    kind = "trigger" if trigger.kind == "queue" else trigger.kind
    if trigger.state == "missing":
        return Concern(f"{trigger.function}'s {kind} is missing: {means}", "fruits deploy --plan", runbook(page))
    return Concern(f"{trigger.function}'s {kind} is off: {means}", "fruits triggers --enable", runbook(page))


def _unread(health: Health) -> Iterator[Concern]:
    reads = any(one.is_on for one in health.triggers if one.function == "collect")
    if reads and health.state.queued and health.oldest_message is not None and health.oldest_message >= UNREAD:
        messages = _many(health.state.queued, "message lies", "messages lie")
        said = f"{messages} in the queue{_since(health)}: collect does not get through"
        yield Concern(said, "fruits logs collect --hours 1", runbook("no-rows"))


def _held(health: Health) -> Iterator[Concern]:
    brake, breaker = health.brake, health.breaker
    if brake.holds:
        said = f"the brake holds: {brake.spent_eur:.2f} of {brake.limit_eur:.2f} EUR are spent on this month's runs"
        yield Concern(said, "fruits release", runbook("month-cost"))
    if breaker.open:
        probe = f", the next from {breaker.probe_at:%H:%M} UTC on" if breaker.probe_at else ""
        said = f"the breaker is open: the runs of several batches failed, and one at a time probes{probe}"
        yield Concern(said, "fruits runs --state failed", runbook("run-failed"))


def _since(health: Health) -> str:
    if health.oldest_message is None or not health.oldest_message:
        return ""
    return f", the oldest for {health.oldest_message.total_seconds() / 60:,.0f} minutes"


def _many(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
