"""What the creation of a stack leaves behind when it fails half-way: with `Retain` it blocks the next one."""

import copy
import json
from dataclasses import replace
from typing import Any
from zlib import crc32

import pytest

from infra.deployment.template import template
from tests.contract.emr import Emr, eventually

STACK = "orchard-failed"
BLOCKER = {"Type": "AWS::EMRServerless::Application", "Properties": {"Name": "x", "Type": "Spark", "NoSuch": "1"}}


def kept_by_the_template() -> dict[str, Any]:
    """The resources of the template that outlive it, and the policy that one of them waits for."""
    resources = template()["Resources"]
    kept = {name: one for name, one in resources.items() if "Retain" in one.get("DeletionPolicy", "")}
    return copy.deepcopy({**kept, "UploadsQueuePolicy": resources["UploadsQueuePolicy"]})


@pytest.fixture
def own(emr: Emr, request: pytest.FixtureRequest) -> Emr:
    """An account of the test's own: what is kept stays in it."""
    return replace(emr, account=f"{crc32(request.node.name.encode()):012d}")


def create(emr: Emr, resources: dict[str, Any]) -> str:
    """Create a stack of these resources and return the state in which it ends, and why."""
    client = emr.client("cloudformation")
    parameters = {name: template()["Parameters"][name] for name in ("Stage", "PhotoRetentionDays", "LogRetentionDays")}
    client.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps({"Parameters": parameters, "Resources": resources}),
        Parameters=[{"ParameterKey": "Stage", "ParameterValue": "dev"}],
    )
    state = ended(emr)
    events = client.describe_stack_events(StackName=STACK)["StackEvents"]
    return " ".join([state, *(event.get("ResourceStatusReason", "") for event in events)])


def ended(emr: Emr) -> str:
    def look() -> str | None:
        states = [one["StackStatus"] for one in emr.client("cloudformation").describe_stacks()["Stacks"]
                  if one["StackName"] == STACK]  # fmt: skip
        state = states[0] if states else "DELETE_COMPLETE"
        return None if state.endswith("_IN_PROGRESS") else state

    return str(eventually(look, f"stack {STACK}"))


def fail_and_remove(emr: Emr, resources: dict[str, Any]) -> None:
    """Create a stack whose last resource fails, and remove what CloudFormation keeps of it, as a person would."""
    failing = {**resources, "Blocker": {**BLOCKER, "DependsOn": sorted(resources)}}
    assert create(emr, failing).startswith("ROLLBACK_COMPLETE")
    emr.client("cloudformation").delete_stack(StackName=STACK)
    assert ended(emr) == "DELETE_COMPLETE"


def test_a_creation_that_failed_half_way_does_not_block_the_next(own: Emr) -> None:
    kept = kept_by_the_template()
    assert len(kept) == 8
    fail_and_remove(own, kept)

    assert create(own, kept).startswith("CREATE_COMPLETE")


@pytest.mark.parametrize("name", sorted(set(kept_by_the_template()) - {"UploadsQueuePolicy"}))
def test_red_twin_with_retain_the_name_of_each_stays_taken(own: Emr, name: str) -> None:
    kept = kept_by_the_template()
    kept[name]["DeletionPolicy"] = "Retain"
    fail_and_remove(own, kept)

    why = create(own, kept)
    assert why.startswith("ROLLBACK_COMPLETE")
    assert "already exists" in why or "Validation failed" in why
