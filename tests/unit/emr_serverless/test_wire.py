import json
from datetime import UTC, datetime

import pytest

from infra.local.emr_serverless.api.validation import model
from infra.local.emr_serverless.api.wire import decode, encode, refusal
from infra.local.emr_serverless.rules.errors import (
    ConflictError,
    ThrottledError,
    UnknownOperationError,
    ValidationError,
)


def test_every_operation_of_the_model_is_found_by_its_own_path() -> None:
    for name in model().operation_names:
        http = model().operation_model(name).http
        path = http["requestUri"].replace("{resourceArn}", "arn:aws:emr-serverless:eu-west-3:1:/applications/00a")
        found, _ = decode(http["method"], path.replace("{", "").replace("}", ""), {}, b"")
        assert found.name == name


def test_parameters_come_from_path_query_and_body() -> None:
    operation, parameters = decode(
        "GET", "/applications/00a/jobruns",
        {"maxResults": ["5"], "states": ["FAILED", "SUCCESS"], "createdAtAfter": ["2026-11-23T10:00:00Z"]}, b"",
    )  # fmt: skip
    assert operation.name == "ListJobRuns"
    assert parameters == {
        "applicationId": "00a",
        "maxResults": 5,
        "states": ["FAILED", "SUCCESS"],
        "createdAtAfter": datetime(2026, 11, 23, 10, tzinfo=UTC),
    }
    assert decode("POST", "/applications", {}, b'{"name": "x"}')[1] == {"name": "x"}


def test_the_path_wins_over_a_body_that_names_another_application() -> None:
    _, parameters = decode("POST", "/applications/00a/jobruns", {}, b'{"applicationId": "00b"}')
    assert parameters["applicationId"] == "00a"


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", "/applications", {}, b"{"),
        ("POST", "/applications", {}, b"[]"),
        ("GET", "/applications", {"maxResults": ["many"]}, b""),
        ("GET", "/applications/00a/jobruns", {"createdAtAfter": ["yesterday"]}, b""),
    ],
)
def test_what_cannot_be_read_is_a_validation_error(
    method: str, path: str, query: dict[str, list[str]], body: bytes
) -> None:
    with pytest.raises(ValidationError):
        decode(method, path, query, body)


def test_another_path_is_no_operation() -> None:
    with pytest.raises(UnknownOperationError):
        decode("PUT", "/applications", {}, b"")


def test_an_answer_has_the_members_of_the_model_only_and_times_in_seconds() -> None:
    moment = datetime(2026, 11, 23, 10, tzinfo=UTC)
    application = {"applicationId": "00a", "createdAt": moment, "name": None, "secret": 1}
    status, headers, body = encode(model().operation_model("GetApplication"), {"application": application})
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == {"application": {"applicationId": "00a", "createdAt": moment.timestamp()}}


@pytest.mark.parametrize(("error", "status"), [(ConflictError("no"), 409), (ThrottledError("no"), 429)])
def test_a_refusal_names_its_kind_in_a_header(error: ConflictError | ThrottledError, status: int) -> None:
    answered, headers, body = refusal(error)
    assert (answered, headers["x-amzn-errortype"]) == (status, error.code)
    assert json.loads(body) == {"message": "no"}
