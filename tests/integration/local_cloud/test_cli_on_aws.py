"""What a person meets at AWS's door: botocore's real errors and a service's real answers, each as one sentence."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from contracts.errors import GiveUp, RetryLater
from infra.cli.main import app
from infra.ops import target

_ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"
_SSO = """[profile sso]
region = eu-west-3
sso_session = ours
sso_account_id = 111111111111
sso_role_name = look
[sso-session ours]
sso_start_url = https://example.invalid/start
sso_region = eu-west-3
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A shell that has nothing of AWS, and an empty home."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    target._session.cache_clear()
    yield monkeypatch
    target._session.cache_clear()


@pytest.fixture
def service() -> Iterator[Any]:
    """A service that refuses all with `service.answer`, a status and an XML body."""

    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = self.server.answer  # type: ignore[attr-defined]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fruits(*words: str) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, words)
    assert "Traceback" not in result.output
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


def keys(shell: pytest.MonkeyPatch, endpoint: str | None = None) -> None:
    shell.setenv("AWS_ACCESS_KEY_ID", "test")
    shell.setenv("AWS_SECRET_ACCESS_KEY", "test")
    if endpoint:
        shell.setenv("AWS_ENDPOINT_URL", endpoint)


@pytest.mark.usefixtures("shell")
def test_without_credentials_it_says_how_to_get_some() -> None:
    code, said = fruits("status", "--region", "eu-west-3")
    assert code == GiveUp.exit_code
    assert "there are no AWS credentials in this shell: `aws configure sso`" in said


@pytest.mark.usefixtures("shell")
def test_a_login_that_was_never_made_is_said_to_be_made(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(_SSO)
    code, said = fruits("model", "list", "--profile", "sso")
    assert code == GiveUp.exit_code
    assert "`aws sso login --profile sso`" in said


@pytest.mark.usefixtures("shell")
def test_half_of_a_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile half]\nregion = eu-west-3\naws_access_key_id = AKIAEXAMPLE\n")
    code, said = fruits("status", "--profile", "half")
    assert code == GiveUp.exit_code
    assert "aws_secret_access_key" in said


@pytest.mark.parametrize(
    ("status", "code", "said", "exit_code"),
    [
        (403, "ExpiredToken", "has expired", GiveUp.exit_code),
        (403, "AccessDenied", "may not DescribeStacks: you are nobody. Ask for that right", GiveUp.exit_code),
        (403, "InvalidClientTokenId", "does not know the keys", GiveUp.exit_code),
        (403, "SignatureDoesNotMatch", "the clock", GiveUp.exit_code),
    ],
)
def test_what_the_service_refuses_is_one_sentence(
    shell: pytest.MonkeyPatch, service: Any, status: int, code: str, said: str, exit_code: int
) -> None:
    keys(shell, f"http://127.0.0.1:{service.server_port}")
    service.answer = (status, _ERROR.format(code, "you are nobody"))
    assert fruits("logs", "submit", "--region", "eu-west-3")[0] == exit_code
    assert said in fruits("logs", "submit", "--region", "eu-west-3")[1]


def test_a_stack_that_is_not_there_is_told_from_one_that_may_not_be_seen(
    shell: pytest.MonkeyPatch, service: Any
) -> None:
    keys(shell, f"http://127.0.0.1:{service.server_port}")
    service.answer = (400, _ERROR.format("ValidationError", "Stack with id fruits-prod does not exist"))
    code, said = fruits("status", "--stage", "prod", "--region", "eu-west-3")
    assert code == GiveUp.exit_code
    assert "no stack fruits-prod at eu-west-3: `fruits deploy --stage prod --region eu-west-3` makes it" in said


def test_a_refusal_that_nobody_expected_is_a_message_and_no_missing_stack(
    shell: pytest.MonkeyPatch, service: Any
) -> None:
    keys(shell, f"http://127.0.0.1:{service.server_port}")
    service.answer = (400, _ERROR.format("ValidationError", "1 validation error detected"))
    code, said = fruits("status", "--region", "eu-west-3")
    assert code == GiveUp.exit_code
    assert "does not say whether fruits-dev is there" in said
    assert "1 validation error detected" in said


def test_silence_is_a_reason_to_try_again(shell: pytest.MonkeyPatch, service: Any) -> None:
    keys(shell, f"http://127.0.0.1:{service.server_port}")
    service.answer = (503, "<busy/>")
    shell.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    code, said = fruits("status", "--region", "eu-west-3")
    assert code == RetryLater.exit_code
    assert "does not answer any more" in said
