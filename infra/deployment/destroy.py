"""Take a stack down: nothing of it runs or is billed any more but the data, which stay unless they are to go."""

from dataclasses import dataclass
from typing import Any

from contracts.errors import RetryLater
from infra.deployment.application import SparkApplication
from infra.deployment.deploy import APPLICATION
from infra.deployment.existing import kept_there
from infra.deployment.removal import remove
from infra.deployment.stack_status import Standing
from infra.deployment.stacks import CloudFormationStack
from infra.ops.target import Target
from infra.steps import Steps

_SCHEDULE = "AWS::Scheduler::Schedule"
_SCHEDULE_MEMBERS = (
    "Name",
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "Target",
    "Description",
)


@dataclass(frozen=True, slots=True)
class TakeDown:
    """A stage that is to be taken down at a target; `data`: its photos, rows and ledger go too."""

    target: Target
    stage: str
    data: bool = False

    @property
    def stack(self) -> CloudFormationStack:
        """The stack in CloudFormation."""
        return CloudFormationStack.of(self.target, self.stage)


def destroy(asked: TakeDown, steps: Steps) -> None:
    """Disable the schedules, cancel runs, stop the application, delete the stack, and the data if that was asked for.

    Each step may be repeated; a stack or data that are gone already are no error.

    Raises:
        GiveUp: CloudFormation cannot delete a resource; the message has its reasons.
        RetryLater: somebody else is at work on the stack, or something takes longer than it should.
    """
    stack, standing = asked.stack, asked.stack.standing()
    if standing is Standing.BUSY:
        raise RetryLater(f"somebody is at work on {stack.name} ({stack.status()}): wait for its end, then go on")
    if standing is not Standing.ABSENT:
        _quiet(asked, stack, steps)
        steps.begin(f"Deleting {stack.name} (minutes on AWS)")
        stack.delete()
        steps.end()
    if asked.data:
        _remove_data(asked, steps)


def _quiet(asked: TakeDown, stack: CloudFormationStack, steps: Steps) -> None:
    """Let nothing start any more, and end what runs. CloudFormation deletes no application that is started."""
    steps.begin("Disabling the schedules")
    resources = stack.resources()
    for one in resources:
        if one["ResourceType"] == _SCHEDULE and one.get("PhysicalResourceId"):
            _disable(asked.target.client("scheduler"), one["PhysicalResourceId"].rpartition("|")[2])
    steps.end()
    ids = [one.get("PhysicalResourceId") for one in resources if one["LogicalResourceId"] == APPLICATION]
    for application_id in filter(None, ids):
        steps.begin("Cancelling job runs, and stopping the Spark application")
        application = SparkApplication(asked.target.client("emr-serverless"), application_id)
        application.cancel_runs()
        application.stop()
        steps.end()


def _disable(scheduler: Any, name: str) -> None:
    """Disable a schedule. The service takes a whole one, and sets what is left out to its default."""
    try:
        found = scheduler.get_schedule(Name=name)
    except scheduler.exceptions.ResourceNotFoundException:
        return
    kept = {member: found[member] for member in _SCHEDULE_MEMBERS if found.get(member)}
    scheduler.update_schedule(**kept, State="DISABLED")


def _remove_data(asked: TakeDown, steps: Steps) -> None:
    for one in kept_there(asked.target, asked.stage):
        steps.begin(f"Deleting {one.resource.name} with all that is in it")
        remove(asked.target, one)
        steps.end()
