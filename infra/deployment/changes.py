"""What a deployment would change. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from infra.deployment.references import referred

Template = Mapping[str, Any]
CODE = "CodeUri"
"""SAM names each upload anew, so it says nothing."""


class Verb(StrEnum):
    """What happens to something."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: to a resource or a parameter of the stack; the old and the new value of a parameter."""

    verb: Verb
    what: str
    kind: str
    before: str = ""
    after: str = ""


def parameter_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """Yield the parameters that are to have another value."""
    for name, value in after.items():
        if name not in before:
            yield Change(Verb.ADD, name, "parameter", "", value)
        elif before[name] != value:
            yield Change(Verb.CHANGE, name, "parameter", before[name], value)


def resource_changes(before: Template, after: Template, parameters: set[str]) -> Iterator[Change]:
    """Yield the resources that come, go or differ; `parameters` are those that are to have another value.

    The code of a function is not looked at.
    """
    old, new = before.get("Resources", {}), after["Resources"]
    functions = _globals(before) != _globals(after)
    for name in sorted(set(old) | set(new)):
        kind = (new.get(name) or old[name])["Type"]
        if name not in old or name not in new:
            yield Change(Verb.ADD if name in new else Verb.REMOVE, name, kind)
        elif differs(old[name], new[name], parameters) or (functions and kind.endswith("Serverless::Function")):
            yield Change(Verb.CHANGE, name, kind)


def differs(before: Template, after: Template, parameters: set[str]) -> bool:
    """Whether a resource of both templates is to change, by itself or by one of the changed parameters."""
    return _without_code(before) != _without_code(after) or bool(set(referred(after)) & parameters)


def changed_properties(before: Template, after: Template, parameters: set[str]) -> set[str]:
    """Return the properties of a resource that differ, or that refer to one of the changed parameters."""
    old, new = before.get("Properties", {}), after["Properties"]
    return {
        name
        for name in set(old) | set(new)
        if old.get(name) != new.get(name) or set(referred(new.get(name))) & parameters
    }


def _without_code(resource: Template) -> dict[str, Any]:
    properties = {name: value for name, value in resource.get("Properties", {}).items() if name != CODE}
    return {**resource, "Properties": properties, "Metadata": None}


def _globals(template: Template) -> Any:
    found = template.get("Globals", {}).get("Function", {})
    return {name: value for name, value in found.items() if name != CODE}
