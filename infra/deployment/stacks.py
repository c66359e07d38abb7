"""A stack in CloudFormation: its status, why something failed, its import and its deletion."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.errors import GiveUp, RetryLater
from infra.deployment.stack_status import Standing, standing
from infra.ops import stack
from infra.ops.polling import poll
from infra.ops.target import Target

_CHANGE_SET = "fruits-import"
_WITHIN_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class CloudFormationStack:
    """A stack by its name. `client` is a boto3 client of CloudFormation."""

    client: Any
    name: str
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, target: Target, stage: str) -> "CloudFormationStack":
        """Return the stack of a stage, whether it is there or not."""
        return cls(target.client("cloudformation"), stack.name(stage))

    def status(self) -> str | None:
        """Return its status; None where there is none."""
        found = stack.describe(self.client, self.name)
        return None if found is None else str(found["StackStatus"])

    def standing(self) -> Standing:
        """Return what may be done with it."""
        return standing(self.status())

    def parameters(self) -> dict[str, str]:
        """Return the parameters that it was deployed with; none where there is no stack."""
        found = stack.describe(self.client, self.name) or {}
        return {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}

    def template(self) -> str:
        """Return the template that it was deployed with, as it was given."""
        found = self.client.get_template(StackName=self.name, TemplateStage="Original")["TemplateBody"]
        return found if isinstance(found, str) else json.dumps(found)

    def resources(self) -> list[Mapping[str, str]]:
        """Return its resources as CloudFormation lists them."""
        pages = self.client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [one for page in pages for one in page["StackResourceSummaries"]]

    def failures(self) -> list[str]:
        """Return why its latest operation failed: the reasons of its resources, the first cause first."""
        found = []
        for event in self.client.describe_stack_events(StackName=self.name)["StackEvents"]:  # the latest first
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
                found.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}")
            if event["LogicalResourceId"] == self.name and event.get("ResourceStatusReason") == "User Initiated":
                break
        return found[::-1]

    def delete(self) -> None:
        """Delete it and wait. What is to outlive it stays.

        Raises:
            GiveUp: CloudFormation could not delete a resource; the message has its reasons.
            RetryLater: it takes longer than half an hour.
        """
        self.client.delete_stack(StackName=self.name)
        self._wait("deletion", lambda status: standing(status) is Standing.ABSENT)

    def import_resources(
        self, template: Mapping[str, Any], parameters: Mapping[str, str], resources: Sequence[Mapping[str, Any]]
    ) -> None:
        """Make the stack of resources that exist, and wait.

        Raises:
            GiveUp: CloudFormation refused; the message has its reasons.
            RetryLater: it takes longer than half an hour.
        """
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        self.client.create_change_set(
            StackName=self.name,
            ChangeSetName=_CHANGE_SET,
            ChangeSetType="IMPORT",
            TemplateBody=json.dumps(template),
            Parameters=given,
            ResourcesToImport=list(resources),
        )
        self._wait_for_change_set()
        self.client.execute_change_set(StackName=self.name, ChangeSetName=_CHANGE_SET)
        self._wait("import", lambda status: status == "IMPORT_COMPLETE")

    def _wait_for_change_set(self) -> None:
        def look() -> Mapping[str, Any]:
            found: Mapping[str, Any] = self.client.describe_change_set(StackName=self.name, ChangeSetName=_CHANGE_SET)
            return found

        for found in poll(look, within=_WITHIN_SECONDS, every=1.0, sleep=self.sleep):
            if found["Status"] == "CREATE_COMPLETE":
                return
            if found["Status"] == "FAILED":
                raise GiveUp(f"CloudFormation cannot import what {self.name} kept: {found.get('StatusReason')}")
        raise RetryLater(f"CloudFormation is slow to read what {self.name} kept: the same command goes on")

    def _wait(self, what: str, done: Callable[[str | None], bool]) -> None:
        for status in poll(self.status, within=_WITHIN_SECONDS, every=1.0, sleep=self.sleep):
            if done(status):
                return
            if not str(status).endswith("_IN_PROGRESS"):
                reasons = "\n".join(self.failures()) or "CloudFormation gives no reason"
                raise GiveUp(f"the {what} of {self.name} ended as {status}:\n{reasons}")
        raise RetryLater(f"the {what} of {self.name} takes longer than {_WITHIN_SECONDS / 60:.0f} minutes: look again")
