"""Credentials of job runs: short-lived, renewed, and good for nobody but a run that is at work."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.emr_serverless.machine.credentials import answer
from infra.local.emr_serverless.rules.ports import RefusedError
from infra.local.emr_serverless.rules.sessions import Sessions
from tests.fakes.emr_serverless import ROLE, Issuer

PATH = "/v1/credentials"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(clock: Clock) -> Issuer:
    return Issuer(clock)


@pytest.fixture
def sessions(clock: Clock, issuer: Issuer) -> Sessions:
    return Sessions(issuer, clock)


def test_the_answer_is_that_of_a_containers_endpoint(sessions: Sessions) -> None:
    status, members = answer(sessions, PATH, sessions.open(ROLE, "run"))
    assert status == 200
    assert members == {
        "AccessKeyId": "ASIA1",
        "SecretAccessKey": "run",
        "Token": ROLE,
        "Expiration": "2026-11-23T12:15:00Z",
    }
    json.dumps(members)


def test_credentials_are_the_same_for_half_their_life_and_then_new(
    sessions: Sessions, clock: Clock, issuer: Issuer
) -> None:
    token = sessions.open(ROLE, "run")
    first = sessions.credentials(token)
    clock.now += timedelta(minutes=7)
    assert sessions.credentials(token) == first
    clock.now += timedelta(minutes=1)
    second = sessions.credentials(token)
    assert second is not None
    assert first is not None
    assert second.access_key_id != first.access_key_id
    assert second.expires_at == clock.now + timedelta(minutes=15)
    assert len(issuer.issued) == 2


def test_each_run_has_a_token_of_its_own_that_gives_nothing_once_it_has_ended(sessions: Sessions) -> None:
    one, other = sessions.open(ROLE, "one"), sessions.open(ROLE, "other")
    assert one != other
    sessions.close(one)
    assert answer(sessions, PATH, one)[0] == 401
    assert answer(sessions, PATH, other)[1]["SecretAccessKey"] == "other"


@pytest.mark.parametrize(("path", "token", "status"), [(PATH, "", 401), (PATH, "guess", 401), ("/", "", 404)])
def test_nobody_else_gets_any(sessions: Sessions, path: str, token: str, status: int) -> None:
    sessions.open(ROLE, "run")
    got, members = answer(sessions, path, token)
    assert got == status
    assert set(members) == {"code", "message"}


def test_a_role_that_may_no_longer_be_assumed_gives_no_more(sessions: Sessions, clock: Clock, issuer: Issuer) -> None:
    token = sessions.open(ROLE, "run")
    issuer.refused.add(ROLE)
    clock.now += timedelta(minutes=10)
    assert answer(sessions, PATH, token)[0] == 403
    with pytest.raises(RefusedError):
        sessions.open(ROLE, "next")


def test_nothing_of_a_secret_is_shown_where_credentials_are_printed(issuer: Issuer) -> None:
    assert "secret-name" not in repr(issuer.issue(ROLE, "secret-name"))
    assert ROLE not in repr(issuer.issue(ROLE, "secret-name"))
