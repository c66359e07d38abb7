"""REST-JSON: from an HTTP request to an operation and its parameters, and from a result to an HTTP answer.

Paths, the place of each member and the format of timestamps come from botocore's service model.
"""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.model import OperationModel, Shape

from ..rules.errors import ServiceError, UnknownOperationError, ValidationError
from .validation import model

Answer = tuple[int, dict[str, str], bytes]
Query = Mapping[str, Sequence[str]]
_JSON = {"Content-Type": "application/json"}


@functools.cache
def _routes() -> tuple[tuple[str, re.Pattern[str], OperationModel], ...]:
    """Return (method, path pattern, operation). The ARN in `/tags/{resourceArn}` contains slashes."""
    operations = [model().operation_model(name) for name in model().operation_names]
    return tuple(
        (operation.http["method"], _pattern(operation.http["requestUri"]), operation) for operation in operations
    )


def _pattern(uri: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", uri)
    named = (f"(?P<{part}>{'.+' if part == 'resourceArn' else '[^/]+'})" for part in parts[1::2])
    fixed = (re.escape(part) for part in parts[0::2])
    return re.compile("".join(piece for pair in zip(fixed, [*named, ""], strict=True) for piece in pair))


def decode(method: str, path: str, query: Query, body: bytes) -> tuple[OperationModel, dict[str, Any]]:
    """Return the operation and its parameters, not yet validated. Raises ServiceErrors for an unreadable request."""
    for verb, pattern, operation in _routes():
        found = pattern.fullmatch(path)
        if found and verb == method:
            return operation, _parameters(operation.input_shape, found.groupdict(), query, body)
    raise UnknownOperationError(f"{method} {path} is no operation of EMR Serverless")


def _parameters(shape: Shape, in_path: Mapping[str, str], query: Query, body: bytes) -> dict[str, Any]:
    parameters = _body(body)
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location == "uri":
            parameters[name] = in_path[wire_name]
        elif location == "querystring":
            parameters.pop(name, None)
            if wire_name in query:
                parameters[name] = _from_query(member, query[wire_name], name)
    return parameters


def _body(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise ValidationError(f"the body is no JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise ValidationError("the body is no JSON object")
    return parsed


def _from_query(shape: Shape, values: Sequence[str], name: str) -> Any:
    if shape.type_name == "list":
        return list(values)
    value = values[-1]
    try:
        if shape.type_name in ("integer", "long"):
            return int(value)
        if shape.type_name == "timestamp":
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        raise ValidationError(f"{name} is {value!r}, which is no {shape.type_name}") from None
    return value


def encode(operation: OperationModel, result: Mapping[str, Any]) -> Answer:
    """Return the HTTP answer with the members of the model; those that are None are left out."""
    shape = operation.output_shape
    body = _shaped(shape, result) if shape is not None else {}
    return int(operation.http.get("responseCode", 200)), dict(_JSON), json.dumps(body).encode()


def refusal(error: ServiceError) -> Answer:
    """Return the HTTP answer of an error."""
    headers = {**_JSON, "x-amzn-errortype": error.code}
    return error.status, headers, json.dumps({"message": error.message}).encode()


def _shaped(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        members = {name: value.get(name) for name in shape.members}
        return {name: _shaped(shape.members[name], part) for name, part in members.items() if part is not None}
    if shape.type_name == "list":
        return [_shaped(shape.member, part) for part in value]
    if shape.type_name == "map":
        return {key: _shaped(shape.value, part) for key, part in value.items()}
    return value.timestamp() if isinstance(value, datetime) else value
