"""What sets the functions going: schedules, the queue, the rule for ends of runs; and switch them on again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from infra.ops import stack
from infra.ops.pipeline import Pipeline
from infra.ops.target import Target

SCHEDULED: Mapping[str, str] = MappingProxyType(
    {"submit": "submit", "refit": "refit", "refit-look": "refit", "maintain": "maintain"}
)
"""The end of each schedule's name, and the function that it calls."""
_NO_ARGUMENTS = frozenset({"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata", "State"})
"""Members of a schedule that UpdateSchedule does not take, and the one that changes."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger. `kind`: schedule, queue or rule. `state` is the service's word, `missing` where there is none."""

    function: str
    kind: str
    name: str
    state: str
    when: str

    @property
    def is_on(self) -> bool:
        """Whether it sets its function going. A queue that is being switched on is."""
        return self.state.upper() in ("ENABLED", "ENABLING", "CREATING", "UPDATING")


@dataclass(frozen=True, slots=True)
class Triggers:
    """The triggers of a deployed stack."""

    target: Target
    stage: str

    def read(self) -> list[Trigger]:
        """Return all triggers, those of the schedules first."""
        return [*map(self._schedule, SCHEDULED), *self._queues(), *self._rules()]

    def enable(self, one: Trigger) -> None:
        """Switch a trigger on. One that is missing stays so: `fruits deploy` makes it."""
        if one.state == "missing":
            return
        if one.kind == "schedule":
            scheduler = self.target.client("scheduler")
            found = scheduler.get_schedule(Name=one.name)
            # The service takes a whole schedule, and sets what is left out to its default.
            scheduler.update_schedule(**{name: found[name] for name in found.keys() - _NO_ARGUMENTS}, State="ENABLED")
        elif one.kind == "queue":
            self.target.client("lambda").update_event_source_mapping(UUID=one.name, Enabled=True)
        elif one.kind == "rule":
            self.target.client("events").enable_rule(Name=one.name)

    def _schedule(self, end: str) -> Trigger:
        scheduler, name = self.target.client("scheduler"), f"{stack.name(self.stage)}-{end}"
        function = SCHEDULED[end]
        try:
            found = scheduler.get_schedule(Name=name)
        except scheduler.exceptions.ResourceNotFoundException:
            return Trigger(function, "schedule", name, "missing", "")
        return Trigger(function, "schedule", name, found["State"], found["ScheduleExpression"])

    def _queues(self) -> Iterator[Trigger]:
        asked = {"FunctionName": f"{stack.name(self.stage)}-collect"}
        found = self.target.client("lambda").list_event_source_mappings(**asked)["EventSourceMappings"]
        if not found:
            yield Trigger("collect", "queue", "none", "missing", "")
        for one in found:
            yield Trigger("collect", "queue", one["UUID"], one["State"], "each message of the queue of uploads")

    def _rules(self) -> Iterator[Trigger]:
        events = self.target.client("events")
        found = events.list_rules(NamePrefix=stack.name(self.stage))["Rules"]
        if not found:
            yield Trigger("on-run-event", "rule", "none", "missing", "")
        for one in found:
            yield Trigger("on-run-event", "rule", one["Name"], one["State"], "each end of a job run")


def of_stack(pipeline: Pipeline) -> Triggers:
    """Return the triggers of a deployed stack; nothing is read yet."""
    return Triggers(pipeline.target, pipeline.stack.stage)
