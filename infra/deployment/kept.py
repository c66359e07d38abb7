"""What outlives a stack: the resources with data, by name, and how a new stack takes them back. Pure.

A stack that is deleted keeps them, and their names stay taken: the next stack of the stage has to import them.
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from infra.deployment.references import MARK, referred

Template = Mapping[str, Any]

NAME_OF: Mapping[str, tuple[str, ...]] = {
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::DynamoDB::Table": ("TableName",),
    "AWS::SQS::Queue": ("QueueName",),
    "AWS::Glue::Database": ("DatabaseInput", "Name"),
}
"""Where a resource of each type has its name. CloudFormation imports all but the database."""
DATABASE = "AWS::Glue::Database"
_KEPT = "RetainExceptOnCreate"


@dataclass(frozen=True, slots=True)
class KeptResource:
    """A resource that outlives its stack: its name in the template, its type, and its name in the account."""

    logical_id: str
    kind: str
    name: str


def kept_resources(template: Template, stage: str, account: str) -> list[KeptResource]:
    """Return what a stack of this stage in this account (twelve digits) keeps when it is deleted."""
    values = {"Stage": stage, "AWS::AccountId": account}
    return [
        KeptResource(logical_id, one["Type"], _name(one, values))
        for logical_id, one in template["Resources"].items()
        if one.get("DeletionPolicy") == _KEPT
    ]


def import_template(template: Template, logical_ids: Collection[str]) -> dict[str, Any]:
    """Return a template of these resources alone, which an import needs.

    Properties that refer to anything else are left out: the deployment that follows adds them.
    """
    resources = {name: _alone(template["Resources"][name], logical_ids, template) for name in logical_ids}
    used = {name for one in resources.values() for name in referred(one)} & set(template["Parameters"])
    return {
        "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
        "Parameters": {name: template["Parameters"][name] for name in sorted(used)},
        "Resources": resources,
    }


def _alone(resource: Template, logical_ids: Collection[str], template: Template) -> dict[str, Any]:
    others = set(template["Resources"]) - set(logical_ids)
    found = {name: deepcopy(resource[name]) for name in ("Type", "DeletionPolicy", "UpdateReplacePolicy")}
    properties = {
        name: deepcopy(value) for name, value in resource["Properties"].items() if not set(referred(value)) & others
    }
    return found | {"Properties": properties}


def _name(resource: Template, values: Mapping[str, str]) -> str:
    found: Any = resource["Properties"]
    for key in NAME_OF[resource["Type"]]:
        found = found[key]
    text = found["Fn::Sub"] if isinstance(found, Mapping) else found
    return MARK.sub(lambda mark: values[mark[1]], text)
