"""Roles as they are deployed: may this one do that, and may a service assume it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..rules.asked import Asked
from ..rules.record import Record
from .modules import ministack


@dataclass(frozen=True, slots=True)
class Roles:
    """Asks ministack's IAM. What is asked is recorded."""

    record: Record

    def may(self, role_arn: str, asked: Asked, region: str) -> bool:
        """Return whether a role's policies allow what is asked."""
        evaluator = ministack("core.iam_evaluator")
        account, name = _parts(role_arn)
        policies = evaluator._gather_role_policies(name, account)
        context = _context(evaluator, f"arn:aws:sts::{account}:assumed-role/{name}/service", account, asked, region)
        return bool(evaluator.evaluate(context, policies).decision == "Allow")  # the recorded one

    def policy_lets(self, policy: Any, service: str, asked: Asked) -> bool:
        """Return whether a resource's own policy lets a service, such as `lambda.amazonaws.com`, do what is asked."""
        evaluator = ministack("core.iam_evaluator")
        _, _, _, region, account = asked.resource.split(":")[:5]
        context = _context(evaluator, "", account, asked, region)
        return bool(evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")

    def trust(self, role_arn: str, service: str, context: Mapping[str, Any]) -> bool:
        """Return whether a role lets a service, such as `lambda.amazonaws.com`, assume it in this context."""
        account, name = _parts(role_arn)
        role = ministack("services.iam")._roles.get_scoped(account, None, name)
        if role is None:
            return False
        asked = Asked("sts:AssumeRole", role_arn, context)
        trusted = self.policy_lets(role.get("AssumeRolePolicyDocument"), service, asked)
        self.record.add(name, f"sts:AssumeRole by {service}", ["trust"] if trusted else [])
        return trusted


def _parts(role_arn: str) -> tuple[str, str]:
    """Return account and name of a role."""
    return role_arn.split(":")[4], role_arn.rpartition("/")[2]


def _context(evaluator: Any, principal: str, account: str, asked: Asked, region: str) -> Any:
    return evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=asked.action,
        resource_arn=asked.resource,
        region=region,
        secure_transport=True,
        service_context={key.lower(): value for key, value in asked.context.items()},
    )
