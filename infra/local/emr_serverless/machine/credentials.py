"""The endpoint from which a job run gets its credentials: the only place where it finds any, as on a worker.

It answers as the containers' endpoints do: "Container credential provider" in the AWS SDKs and Tools Reference Guide.
"""

import json
import threading
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..rules.ports import Credentials, RefusedError
from ..rules.sessions import Sessions

_HOST = "127.0.0.1"
_PATH = "/v1/credentials"


class CredentialsEndpoint:
    """An HTTP server on a free port of 127.0.0.1, in threads of its own from `start` to `close`."""

    def __init__(self, sessions: Sessions) -> None:
        self._server = ThreadingHTTPServer((_HOST, 0), _handler(sessions))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://{_HOST}:{self._server.server_port}{_PATH}"

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._server.serve_forever, name="emr-serverless-credentials", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


def answer(sessions: Sessions, path: str, token: str) -> tuple[int, dict[str, str]]:
    """Return status and members of the answer to a GET."""
    if path != _PATH:
        return 404, _problem("NotFound", "there is nothing else here")
    try:
        credentials = sessions.credentials(token)
    except RefusedError as error:
        return 403, _problem("AccessDenied", str(error))
    if credentials is None:
        return 401, _problem("InvalidToken", "the authorization token is no running job's")
    return 200, _members(credentials)


def _members(credentials: Credentials) -> dict[str, str]:
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "Token": credentials.token,
        "Expiration": credentials.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _problem(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


def _handler(sessions: Sessions) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, members = answer(sessions, self.path, self.headers.get("Authorization", ""))
            body = json.dumps(members).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: Any) -> None:
            """Say nothing: a line for each call would fill the log of the cloud."""

    return Handler
