"""A small S3 of our own that fails on demand: one bucket's GET object, and per key a list of faults to commit first."""

import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from hashlib import md5
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape


class Fault(Enum):
    """What may go wrong with one GET."""

    ERROR_500 = auto()
    SLOW_DOWN = auto()
    FORBIDDEN = auto()
    SILENCE = auto()
    """The request is taken, and nothing is ever said."""
    RESET = auto()
    """The connection is cut where an answer should begin."""
    SHORT = auto()
    """The connection is cut half-way through the body."""
    STALL = auto()
    """Half of the body, then silence."""


_FACTS = "<LastModified>2026-11-23T10:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size>"
"""What a listing says of each key; nobody reads it."""

_STATUSES = {
    Fault.ERROR_500: (500, "InternalError"),
    Fault.SLOW_DOWN: (503, "SlowDown"),
    Fault.FORBIDDEN: (403, "AccessDenied"),
}


@dataclass
class _Object:
    data: bytes
    faults: list[Fault]
    always: Fault | None
    headers: dict[str, str]

    def next_fault(self) -> Fault | None:
        return self.faults.pop(0) if self.faults else self.always


@dataclass
class FailingStore:
    """What is in the store, and what was asked of it. `bytes_sent` counts bodies, as far as the client took them."""

    endpoint: str = ""
    objects: dict[str, _Object] = field(default_factory=dict)
    requests: "Counter[str]" = field(default_factory=Counter)
    bytes_sent: "Counter[str]" = field(default_factory=Counter)
    closing: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    hides: bool = False
    """Whether a key that is not there is refused, as S3 does to who may not list the bucket."""
    lists: str | None = None
    """The prefix below which keys may be listed; None: none may."""
    listed: list[str] = field(default_factory=list)
    """The prefixes that were asked for."""

    def put(
        self, key: str, data: bytes, *faults: Fault, always: Fault | None = None, headers: dict[str, str] | None = None
    ) -> None:
        """Keep an object that first commits `faults`, one a request, and then answers rightly, or as `always` says."""
        self.objects[key] = _Object(data, list(faults), always, headers or {})

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator["FailingStore"]:
        """Serve on a free port of 127.0.0.1 for the length of a `with`."""
        store = cls()

        class Handler(_Handler):
            served = store

        with _Server(("127.0.0.1", 0), Handler) as server:
            store.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield store
            finally:
                store.closing.set()
                server.shutdown()
                thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a client may keep its connections open for longer than a test lasts
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    served: FailingStore
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if "list-type" in url.query:
            self._list(dict(parse_qsl(url.query)))
            return
        key = unquote(url.path).split("/", 2)[2]
        with self.served.lock:
            self.served.requests[key] += 1
            found = self.served.objects.get(key)
            fault = found.next_fault() if found else None
        if found is None:
            self._refuse(*((403, "AccessDenied") if self.served.hides else (404, "NoSuchKey")))
        elif fault in _STATUSES:
            self._refuse(*_STATUSES[fault])
        elif fault is Fault.RESET:
            self._reset()
        elif fault is Fault.SILENCE:
            self._be_silent()
        else:
            self._answer(key, found, fault)

    def _list(self, asked: dict[str, str]) -> None:
        prefix, after = asked.get("prefix", ""), asked.get("start-after", "")
        self.served.listed.append(prefix)
        if self.served.lists is None or not prefix.startswith(self.served.lists):
            self._refuse(403, "AccessDenied")
            return
        keys = [key for key in sorted(self.served.objects) if key.startswith(prefix) and key > after]
        told = "".join(f"<Contents><Key>{escape(key)}</Key>{_FACTS}</Contents>" for key in keys)
        self._say(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{told}</ListBucketResult>".encode())

    def _refuse(self, status: int, code: str) -> None:
        self._say(status, f"<Error><Code>{code}</Code></Error>".encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, key: str, found: _Object, fault: Fault | None) -> None:
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        body = found.data[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(found.data) - 1}/{len(found.data)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{md5(found.data, usedforsecurity=False).hexdigest()}"')
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")
        for name, value in found.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._send(key, body if fault is None else body[: len(body) // 2])
        if fault is Fault.SHORT:
            self.close_connection = True
        elif fault is Fault.STALL:
            self._be_silent()

    def _send(self, key: str, body: bytes) -> None:
        for at in range(0, len(body), 65536):
            self.wfile.write(body[at : at + 65536])
            with self.served.lock:
                self.served.bytes_sent[key] += len(body[at : at + 65536])

    def _be_silent(self) -> None:
        self.wfile.flush()
        self.served.closing.wait()
        self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
