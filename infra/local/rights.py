"""Which rights of the deployed roles were used, and which of them nothing could do without.

The local cloud records what it decides (`infra/local/iam`); the statements are those of the deployed roles.
"""

import json
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contracts.errors import RetryLater
from infra.local.iam.register import RECORD_PATH
from infra.ops import stack
from infra.ops.target import Target

_LOST = "needed where the event of a run's end was lost, or the run wrote nothing: no run of the story is like that"
WAIVED: Mapping[tuple[str, str], str] = {
    ("JobRole", "FindTheLogGroup"): "the service's own agent asks for it before it writes (User Guide, job logs)",
    ("MaintainRole", "LookAtRuns"): _LOST,
    ("MaintainRole", "ReadReports"): _LOST,
    ("MaintainRole", "TellWhatIsMissingFromWhatIsForbidden"): _LOST,
    ("RefitFunctionLookRole", ""): "the look at the model comes once an hour, and the story takes minutes",
    ("RefitRole", "LookAtRuns"): _LOST,
    ("RefitRole", "ReadReports"): _LOST,
    ("RefitRole", "TellWhatIsMissingFromWhatIsForbidden"): _LOST,
    ("OnRunEventRole", "TellMissingResultsFromForbiddenOnes"): _LOST,
    ("SubmitRole", "ReadResults"): _LOST,
    ("SubmitRole", "TellMissingResultsFromForbiddenOnes"): _LOST,
}
"""Statements that a story of the whole stack does not need, by role and Sid, and why they stay."""
_ROLE = "AWS::IAM::Role"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy: the role by its name in the template, the Sid, and the actions that it allows."""

    role: str
    sid: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """How a statement was used. `alone` counts the calls that no other one allows: without it they are refused."""

    statement: Statement
    calls: int
    alone: int
    unused_actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RightsReport:
    """The use of each statement, and the calls that were refused: by role and action."""

    uses: Sequence[Use]
    refused: Mapping[tuple[str, str], int]

    @property
    def unused(self) -> list[Statement]:
        """The statements that no call used."""
        return [use.statement for use in self.uses if not use.calls]

    @property
    def dispensable(self) -> list[Statement]:
        """The statements without which every recorded call would be allowed all the same."""
        return [use.statement for use in self.uses if not use.alone]

    def to_dict(self) -> dict[str, Any]:
        """Return the report for scripts."""
        refused = [{"role": role, "action": action, "calls": calls} for (role, action), calls in self.refused.items()]
        return {"statements": [asdict(use) for use in self.uses], "refused": refused}


def report(target: Target, stage: str = stack.STAGE) -> RightsReport:
    """Return the report of a stack in the local cloud. Raises RetryLater where the cloud does not answer."""
    names = _role_names(target, stage)
    record = [{**one, "role": names[one["role"]]} for one in _recorded(target) if one["role"] in names]
    return summarize(record, _statements(target, names))


def summarize(record: Iterable[Mapping[str, Any]], statements: Iterable[Statement]) -> RightsReport:
    """Count what was recorded for each statement. Pure."""
    decisions = list(record)
    uses = [_use(statement, [one for one in decisions if one["role"] == statement.role]) for statement in statements]
    refused: dict[tuple[str, str], int] = {}
    for one in decisions:
        if not one["allowed_by"]:
            key = (one["role"], one["action"])
            refused[key] = refused.get(key, 0) + one["calls"]
    return RightsReport(uses, refused)


def _use(statement: Statement, decisions: Sequence[Mapping[str, Any]]) -> Use:
    used = [one for one in decisions if statement.sid in one["allowed_by"]]
    seen = {one["action"].lower() for one in used}
    return Use(
        statement,
        calls=sum(one["calls"] for one in used),
        alone=sum(one["calls"] for one in used if one["allowed_by"] == [statement.sid]),
        unused_actions=tuple(action for action in statement.actions if action.lower() not in seen),
    )


def _recorded(target: Target) -> list[dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{target.endpoint}{RECORD_PATH}", timeout=10) as answer:  # noqa: S310 - our own
            found: list[dict[str, Any]] = json.load(answer)
    except OSError as error:
        raise RetryLater(f"{target.endpoint} does not say what it decided: {error}") from error
    return found


def _role_names(target: Target, stage: str) -> dict[str, str]:
    """Return the name in the template of each deployed role."""
    pages = target.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.name(stage))
    resources = (one for page in pages for one in page["StackResourceSummaries"])
    return {one["PhysicalResourceId"]: one["LogicalResourceId"] for one in resources if one["ResourceType"] == _ROLE}


def _statements(target: Target, names: Mapping[str, str]) -> list[Statement]:
    iam = target.client("iam")
    found = []
    for physical, logical in sorted(names.items(), key=lambda item: item[1]):
        for policy in iam.list_role_policies(RoleName=physical)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=physical, PolicyName=policy)["PolicyDocument"]
            for one in document["Statement"]:
                actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
                found.append(Statement(logical, one.get("Sid", ""), tuple(actions)))
    return found
