import re
from typing import Any

import pytest
from botocore.model import Shape

from infra.local.emr_serverless.api.validation import model, validated
from infra.local.emr_serverless.rules.errors import ServiceError, ValidationError

REQUEST: dict[str, Any] = {
    "applicationId": "00abc",
    "clientToken": "token",
    "executionRoleArn": "arn:aws:iam::123456789012:role/job",
    "jobDriver": {"sparkSubmit": {"entryPoint": "s3://b/job.py"}},
}
START = model().operation_model("StartJobRun")


def shapes(shape: Shape, seen: frozenset[str] = frozenset()) -> Any:
    """Yield a shape and all that is in it, each kind once on the way down."""
    if shape.name in seen:
        return
    yield shape
    inside: list[Shape] = []
    if shape.type_name == "structure":
        inside = list(shape.members.values())
    elif shape.type_name in ("list", "map"):
        inside = [shape.member] if shape.type_name == "list" else [shape.key, shape.value]
    for part in inside:
        yield from shapes(part, seen | {shape.name})


def test_a_good_request_is_returned_as_it_is() -> None:
    assert validated(START, REQUEST) == REQUEST


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"clientToken": None}, "clientToken"),
        ({"clientToken": ""}, "clientToken"),
        ({"clientToken": "x" * 65}, "clientToken"),
        ({"executionRoleArn": "arn:aws:iam::1:role/x-too-short-account"}, "executionRoleArn"),
        ({"executionTimeoutMinutes": 1_000_001}, "executionTimeoutMinutes"),
        ({"executionTimeoutMinutes": "10"}, "executionTimeoutMinutes"),
        ({"mode": "batch"}, "mode"),
        ({"tags": {"bad*key": "value"}}, "tags.key"),
        ({"tags": {str(number): "" for number in range(201)}}, "tags"),
        ({"jobDriver": {"sparkSubmit": {"entryPoint": "   "}}}, "jobDriver.sparkSubmit.entryPoint"),
        (
            {"jobDriver": {"sparkSubmit": {"entryPoint": "a", "entryPointArguments": ["a"] * 1025}}},
            "entryPointArguments",
        ),
        ({"retryPolicy": {"maxAttempts": 0}}, "maxAttempts"),
    ],
)
def test_what_the_model_forbids_is_refused_and_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(named)):
        validated(START, {**REQUEST, **change})


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ValidationError, match=r"2 validation errors.*clientToken.*mode"):
        validated(START, {**REQUEST, "clientToken": "a b", "mode": "batch"})


def test_what_the_model_calls_sensitive_is_not_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        validated(START, {**REQUEST, "jobDriver": {"sparkSubmit": {"entryPoint": "secret" * 1000}}})
    assert "secret" not in refused.value.message


def test_members_of_a_later_model_are_dropped_at_any_depth() -> None:
    later = {**REQUEST, "flavour": "x", "retryPolicy": {"maxAttempts": 2, "patience": 3}}
    assert validated(START, later) == {**REQUEST, "retryPolicy": {"maxAttempts": 2}}


def test_every_pattern_of_the_model_can_be_compiled() -> None:
    for name in model().operation_names:
        for shape in shapes(model().operation_model(name).input_shape):
            re.compile(shape.metadata.get("pattern", ""))


def test_every_error_has_the_code_and_status_of_the_model() -> None:
    declared = {
        shape.name: shape.metadata["error"]["httpStatusCode"] for shape in model().error_shapes if shape.metadata
    }
    ours = {error.code: error.status for error in ServiceError.__subclasses__()}
    shared = set(declared) & set(ours)
    assert shared == {"ValidationException", "ResourceNotFoundException", "ConflictException"}
    assert {name: declared[name] for name in shared} == {name: ours[name] for name in shared}
