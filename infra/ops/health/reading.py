"""Read the health of a deployed stack from its services."""

from datetime import datetime, timedelta

from chalicelib import settings
from infra.ops import triggers
from infra.ops.costs import brake
from infra.ops.health import alarms
from infra.ops.health.health import Health
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import StackState

_BACK = timedelta(minutes=15)
"""SQS's metrics come some minutes late."""


def look(pipeline: Pipeline, state: StackState, now: datetime) -> Health:
    """Return the health of a stack in a state: its alarms, and all that may hold photos. It changes nothing."""
    target = pipeline.target
    return Health(
        state=state,
        alarms=alarms.ringing(target, pipeline.stack.stage),
        triggers=triggers.of_stack(pipeline).read(),
        brake=brake.look(pipeline, now),
        breaker=pipeline.breaker(),
        batching=settings.batching(pipeline.submit_environment()),
        oldest_message=_oldest_message(pipeline, now),
    )


def _oldest_message(pipeline: Pipeline, now: datetime) -> timedelta | None:
    """Return how long the oldest message has lain in the queue of uploads; None while SQS does not measure it."""
    found = pipeline.target.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": pipeline.stack.uploads_queue.rpartition("/")[2]}],
        StartTime=now - _BACK,
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    points = sorted(found["Datapoints"], key=lambda one: one["Timestamp"])
    return timedelta(seconds=points[-1]["Maximum"]) if points else None
