"""Validate requests by botocore's service model: types, required members, lengths, ranges, patterns, enums.

botocore's ParamValidator, which every client runs too, checks types, required members and minima only; the real service
checks the rest of the model as well. Like the service, this drops members that the model does not have.
The wording is that of AWS services ("1 validation error detected: Value …").
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from .. import SERVICE
from ..rules.errors import ValidationError


@functools.cache
def model() -> ServiceModel:
    """Return the service model that botocore ships."""
    return botocore.session.get_session().get_service_model(SERVICE)


def validated(operation: OperationModel, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters without unknown members. Raises ValidationError, which names every fault."""
    known: dict[str, Any] = _known(operation.input_shape, parameters)
    report = ParamValidator().validate(known, operation.input_shape)
    if report.has_errors():
        raise ValidationError(report.generate_report())
    faults = list(_faults(operation.input_shape, known, ""))
    if faults:
        plural = "s" if len(faults) > 1 else ""
        raise ValidationError(f"{len(faults)} validation error{plural} detected: {'; '.join(faults)}")
    return known


def _known(shape: Shape, value: Any) -> Any:
    """Return a value without unknown members; the validator names members of a wrong type later."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {name: _known(shape.members[name], part) for name, part in value.items() if _has(shape, name, part)}
    if shape.type_name == "list" and isinstance(value, list):
        return [_known(shape.member, part) for part in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _known(shape.value, part) for key, part in value.items()}
    return value


def _has(shape: Shape, name: str, value: Any) -> bool:
    return name in shape.members and value is not None


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, part in value.items():
            yield from _faults(shape.members[name], part, f"{path}.{name}" if path else name)
        return
    rules = (_enum, _longest, _pattern)
    for rule in rules:
        constraint = rule(shape, value)
        if constraint:
            shown = "***" if shape.metadata.get("sensitive") else value
            yield f"Value '{shown}' at '{path}' failed to satisfy constraint: Member must {constraint}"
    if shape.type_name == "list":
        for index, part in enumerate(value, start=1):
            yield from _faults(shape.member, part, f"{path}.{index}.member")
    if shape.type_name == "map":
        for key, part in value.items():
            yield from _faults(shape.key, key, f"{path}.key")
            yield from _faults(shape.value, part, f"{path}.{key}.member")


def _enum(shape: Shape, value: Any) -> str | None:
    names = getattr(shape, "enum", None)
    return f"satisfy enum value set: [{', '.join(names)}]" if names and value not in names else None


def _longest(shape: Shape, value: Any) -> str | None:
    most = shape.metadata.get("max")
    if most is None:
        return None
    if shape.type_name in ("integer", "long", "float", "double"):
        return f"have value less than or equal to {most}" if value > most else None
    return f"have length less than or equal to {most}" if len(value) > most else None


def _pattern(shape: Shape, value: Any) -> str | None:
    pattern = shape.metadata.get("pattern") if shape.type_name == "string" else None
    matches = pattern is None or re.fullmatch(pattern, value, re.DOTALL)
    return None if matches else f"satisfy regular expression pattern: {pattern}"
