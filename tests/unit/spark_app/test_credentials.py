"""Where credentials come from, by the environment alone, and what an endpoint may be asked and may answer."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import GiveUp, RetryLater
from spark_app.stores.credentials import (
    FULL_URI,
    KEY_ID,
    RELATIVE_URI,
    TOKEN,
    TOKEN_FILE,
    ContainerCredentials,
    checked_url,
    container_credentials,
    credential,
)

URL = "http://127.0.0.1:4000/credentials"
ANSWER = {"AccessKeyId": "ID", "SecretAccessKey": "SECRET", "Token": "SESSION", "Expiration": "2026-11-28T12:00:00Z"}


class Endpoint:
    """Answers after so many failures, and keeps what it was asked."""

    def __init__(self, failures: int = 0, answer: bytes = json.dumps(ANSWER).encode()) -> None:
        self.failures, self.answer = failures, answer
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, url: str, headers: Mapping[str, str]) -> bytes:
        self.asked.append((url, dict(headers)))
        if len(self.asked) <= self.failures:
            raise ConnectionRefusedError
        return self.answer


@pytest.mark.parametrize(
    "environment", [{}, {FULL_URI: ""}, {FULL_URI: URL, KEY_ID: "ID"}, {FULL_URI: URL, RELATIVE_URI: "/v2"}]
)
def test_obstore_is_left_to_itself_where_it_finds_credentials_earlier_in_the_chain(environment: dict[str, str]) -> None:
    assert container_credentials(environment) is None


def test_an_environment_with_an_endpoint_alone_is_asked_there() -> None:
    assert container_credentials({FULL_URI: URL}) is not None


def test_the_answer_is_handed_on_with_its_end() -> None:
    endpoint = Endpoint()
    found = ContainerCredentials({FULL_URI: URL}, endpoint)()

    assert found == {
        "access_key_id": "ID",
        "secret_access_key": "SECRET",
        "token": "SESSION",
        "expires_at": datetime(2026, 11, 28, 12, tzinfo=UTC),
    }
    assert endpoint.asked == [(URL, {})]


def test_a_tokens_file_is_read_at_each_call_and_goes_before_a_token(tmp_path: Path) -> None:
    file, endpoint = tmp_path / "token", Endpoint()
    provider = ContainerCredentials({FULL_URI: URL, TOKEN: "plain", TOKEN_FILE: str(file)}, endpoint)
    for token in ("first\n", "second"):
        file.write_text(token)
        provider()
    ContainerCredentials({FULL_URI: URL, TOKEN: "plain"}, endpoint)()

    assert [headers["Authorization"] for _, headers in endpoint.asked] == ["first", "second", "plain"]


def test_two_failures_are_outlasted_and_three_are_for_later() -> None:
    assert ContainerCredentials({FULL_URI: URL}, Endpoint(failures=2))()["access_key_id"] == "ID"
    with pytest.raises(RetryLater, match="3 times: ConnectionRefusedError"):
        ContainerCredentials({FULL_URI: URL}, Endpoint(failures=3))()


@pytest.mark.parametrize(
    "url",
    ["https://anywhere.example/x", URL, "http://localhost/x", "http://[::1]/x", "http://169.254.170.2/x"],
)
def test_these_may_be_asked(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize("url", ["http://anywhere.example/x", "http://10.0.0.1/x", "ftp://127.0.0.1/x", "nothing"])
def test_no_other_host_is_asked_without_tls(url: str) -> None:
    endpoint = Endpoint()
    with pytest.raises(GiveUp, match="only https, loopback, ECS and EKS"):
        ContainerCredentials({FULL_URI: url}, endpoint)()
    assert endpoint.asked == []


@pytest.mark.parametrize("body", [b"no json", b"[]", b'{"AccessKeyId": "ID-4711"}'])
def test_another_answer_is_named_without_a_word_of_it(body: bytes) -> None:
    with pytest.raises(GiveUp, match="holds no credentials") as refused:
        credential(body)
    assert "4711" not in str(refused.value)
    assert refused.value.__cause__ is None
