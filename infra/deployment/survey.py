"""Look at the account before a deployment. What may not be looked at is a warning and no error."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from contracts.errors import PipelineError
from infra.deployment.application import applications
from infra.deployment.checks import (
    Check,
    artifact_check,
    environment_check,
    parameter_checks,
    service_role_check,
    tools_check,
    vcpu_check,
)
from infra.deployment.deploy import Deployment
from infra.deployment.sam import missing_tools
from infra.deployment.template import template
from infra.ops.doctor.findings import Level
from infra.ops.target import Target

Found = TypeVar("Found")
_SERVICE_ROLE = "AWSServiceRoleForAmazonEMRServerless"
_VCPU_QUOTA = "vcpus per account"


def survey(asked: Deployment, packed: str | None) -> list[Check]:
    """Return all checks. `packed` is the architecture of the environment; None: this machine's alone.

    Raises:
        GiveUp, RetryLater: nobody is let in, or nobody answers.
    """
    account = asked.target.account()
    deployed = asked.stack.parameters()
    parameters = {**_defaults(), **deployed, **asked.parameters}
    checks = [
        tools_check(missing_tools()),
        Check("account", Level.OK, f"{account} at {asked.target.place}"),
        Check("stack", Level.OK, f"{asked.stack.name}: {asked.stack.status() or 'not there yet'}"),
        *parameter_checks(asked.parameters, template()["Parameters"]),
        environment_check(parameters["Architecture"], packed),
        artifact_check(deployed.get("ArtifactVersion"), asked.files.versions().artifact),
        service_role_check(_or_none(lambda: _has_service_role(asked.target))),
    ]
    others = _or_none(lambda: _capacities(asked.target)) or {}
    wanted = {**others, asked.stack.name: int(float(parameters["MaxVcpu"]))}
    return [*checks, vcpu_check(_or_none(lambda: _vcpu_quota(asked.target)), wanted)]


def _defaults() -> dict[str, str]:
    return {name: str(one["Default"]) for name, one in template()["Parameters"].items() if "Default" in one}


def _or_none(look: Callable[[], Found]) -> Found | None:
    try:
        return look()
    except (PipelineError, ClientError, BotoCoreError):
        return None


def _has_service_role(target: Target) -> bool:
    iam = target.client("iam")
    try:
        iam.get_role(RoleName=_SERVICE_ROLE)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _vcpu_quota(target: Target) -> float | None:
    pages = target.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="emr-serverless")
    for quota in (quota for page in pages for quota in page["Quotas"]):
        if _VCPU_QUOTA in quota["QuotaName"].lower():
            return float(quota["Value"])
    return None


def _capacities(target: Target) -> dict[str, int]:
    """Return the maximum vCPU of each application of this Region, by its name."""
    emr = target.client("emr-serverless")
    found = {}
    for one in applications(target):
        application = emr.get_application(applicationId=one["id"])["application"]
        cpu = application.get("maximumCapacity", {}).get("cpu", "0 vCPU")
        found[str(application.get("name", one["id"]))] = int(float(cpu.split()[0]))
    return found
