"""A worker of EMR Serverless has credentials by a container's endpoint and by nothing else: obstore gets them there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import obstore
import pytest
from obstore import exceptions

from contracts.errors import GiveUp, PipelineError, RetryLater
from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.credentials import FULL_URI, TOKEN
from spark_app.stores.failures import job_error, rejection_of


class Cloud(ThreadingHTTPServer):
    """A credentials endpoint and an S3 in one, which keep what they were asked with."""

    def __init__(self, good_for: timedelta) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.good_for = good_for
        self.tokens: list[str | None] = []
        self.keys: list[str] = []
        self.sessions: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Cloud

    def do_GET(self) -> None:
        if self.path == "/credentials":
            self.server.tokens.append(self.headers["Authorization"])
            end = datetime.now(UTC) + self.server.good_for
            number = len(self.server.tokens)
            keys = {"AccessKeyId": f"ID{number}", "SecretAccessKey": "s", "Token": f"T{number}"}
            body = json.dumps({**keys, "Expiration": f"{end:%FT%TZ}"}).encode()
        else:
            self.server.keys.append(self.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
            self.server.sessions.append(self.headers["x-amz-security-token"])
            body = b"an object"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"e"')
        self.send_header("Last-Modified", "Sat, 28 Nov 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    with Cloud(request.param) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get_twice(cloud: Cloud) -> None:
    settings = StoreSettings(region="eu-west-3", endpoint=cloud.url)
    store = open_store("b", settings, {FULL_URI: f"{cloud.url}/credentials", TOKEN: "let-me-in"})
    for _ in range(2):
        assert bytes(obstore.get(store, "k").bytes()) == b"an object"


@pytest.mark.parametrize("cloud", [timedelta(hours=1)], indirect=True)
def test_s3_is_asked_with_the_endpoints_keys_and_they_are_kept_while_they_are_good(cloud: Cloud) -> None:
    get_twice(cloud)

    assert (cloud.tokens, cloud.keys, cloud.sessions) == (["let-me-in"], ["ID1", "ID1"], ["T1", "T1"])


@pytest.mark.parametrize("cloud", [timedelta(seconds=0)], indirect=True)
def test_keys_that_expire_are_renewed_before_they_are_used(cloud: Cloud) -> None:
    get_twice(cloud)

    assert (cloud.keys, cloud.sessions) == (["ID1", "ID2"], ["T1", "T2"])


@pytest.mark.parametrize(
    ("place", "family", "says"),
    [
        ("http://127.0.0.1:9/credentials", RetryLater, "no answer from AWS_CONTAINER_CREDENTIALS_FULL_URI, 3 times"),
        ("http://elsewhere.example/credentials", GiveUp, "only https, loopback, ECS and EKS"),
    ],
)
def test_a_job_without_credentials_ends_by_that_name_and_no_photo_is_rejected_for_good(
    place: str, family: type[PipelineError], says: str
) -> None:
    store = open_store("b", StoreSettings(region="eu-west-3", endpoint="http://127.0.0.1:9"), {FULL_URI: place})
    with pytest.raises(exceptions.BaseError) as raised:
        obstore.get(store, "k")

    error = job_error(raised.value, "cannot read s3://b/k")
    assert type(error) is family
    assert str(error).startswith(f"cannot read s3://b/k: {'AWS' if family is GiveUp else 'no'}")
    assert says in str(error)
    assert rejection_of(raised.value).retryable
