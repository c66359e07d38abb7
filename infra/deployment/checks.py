"""What is looked at before a deployment: each answer is a line that says what to do where it is not well. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.ops.doctor.findings import Level

DEFAULT_VCPU = 16
"""The quota of an account whose own cannot be looked at. New accounts may have less.
Source: EMR Serverless User Guide, "Endpoints and quotas"."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was seen, and what to do; empty where there is nothing to do."""

    name: str
    level: Level
    seen: str
    advice: str = ""


def tools_check(missing: Sequence[str]) -> Check:
    """Say whether the tools are there that build and deploy; `missing` has the names of those that are not."""
    if not missing:
        return Check("tools", Level.OK, "SAM and uv, as `make setup` installs them")
    return Check("tools", Level.FAIL, f"missing: {', '.join(missing)}", "Run `make setup`")


def vcpu_check(quota: float | None, wanted: Mapping[str, int]) -> Check:
    """Compare what all stages of an account may use at once with its quota; None: it could not be looked at.

    `wanted` is the maximum capacity of each application, by its name. A run over the quota is not queued: it fails.
    """
    total, limit = sum(wanted.values()), quota if quota is not None else DEFAULT_VCPU
    parts = " + ".join(f"{name} {vcpu}" for name, vcpu in sorted(wanted.items()))
    known = f"of {limit:.0f}" if quota is not None else f"of {limit:.0f}, if the account has the usual quota"
    if total <= limit:
        return Check("vCPU quota", Level.OK if quota is not None else Level.WARN, f"{total} {known} ({parts})")
    advice = "Runs over the quota fail and are not queued: lower MaxVcpu, or ask Service Quotas for more"
    return Check("vCPU quota", Level.WARN, f"{total} {known} ({parts})", advice)


def service_role_check(found: bool | None) -> Check:
    """Say whether the account has the service-linked role of EMR Serverless; None: it could not be looked at."""
    name = "service-linked role"
    if found:
        return Check(name, Level.OK, "AWSServiceRoleForAmazonEMRServerless")
    seen = "could not be looked at" if found is None else "not there yet"
    advice = "The first application makes it: whoever deploys needs iam:CreateServiceLinkedRole for EMR Serverless"
    return Check(name, Level.WARN, seen, advice)


def environment_check(architecture: str, packed: str | None) -> Check:
    """Hold the architecture of the packed environment (None: made for this machine alone) against the workers'."""
    if packed == architecture:
        return Check("environment", Level.OK, f"packed for {packed}")
    if packed is None:
        return Check("environment", Level.OK, "of this machine")
    advice = f"Build one: `fruits environment build --arch {'aarch64' if architecture == 'ARM64' else 'x86_64'}`"
    return Check("environment", Level.FAIL, f"packed for {packed}; the workers are {architecture}", advice)


def artifact_check(deployed: str | None, asked: str) -> Check:
    """Say whether the version of the CNN changes; None: no stack is deployed. Features of two are never mixed."""
    if deployed in (None, asked):
        return Check("CNN", Level.OK, f"{asked[:12]}…{'' if deployed is None else ', as deployed'}")
    advice = (
        "New photos get no suggestions until a refit, and a refit fits new rows alone, as long as the earlier photos "
        "are not worked on anew: docs/default-artifact.md"
    )
    return Check("CNN", Level.WARN, f"changes from {deployed[:12]}… to {asked[:12]}…", advice)


def parameter_checks(given: Mapping[str, str], known: Mapping[str, Mapping[str, object]]) -> list[Check]:
    """Hold given parameters against those of the template: their names, values and ranges."""
    found = []
    for name, value in given.items():
        if name not in known:
            advice = f"The template has {', '.join(sorted(known))}"
            found.append(Check(name, Level.FAIL, "no such parameter", advice))
        elif wrong := _wrong(value, known[name]):
            found.append(Check(name, Level.FAIL, f"{value!r}: {wrong}"))
    return found


def _wrong(value: str, parameter: Mapping[str, object]) -> str | None:
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list) and value not in map(str, allowed):
        return f"it must be one of {', '.join(map(str, allowed))}"
    if parameter["Type"] != "Number":
        return None
    try:
        number = float(value)
    except ValueError:
        return "it must be a number"
    low, high = float(str(parameter.get("MinValue", "-inf"))), float(str(parameter.get("MaxValue", "inf")))
    return None if low <= number <= high else f"it must be between {low:g} and {high:g}"
