"""Hold every call of a role against its policies: what `infra/local/launch.py` adds to ministack.

ministack 1.5.33 has an IAM of its own behind `AUTH=true`: keys, signatures, policies of roles and of resources. Here it
learns what it does not know: EMR Serverless, Glue's catalog and databases, the passing of a role, the trust of a
service, what AWS does in a role's name, what S3 says of a missing object to one who may not list, and the words of a
refusal.
`tests/contract/test_iam_registration.py` fails when ministack moves a place.
"""

import json
from typing import Any

from .machine.modules import ministack
from .machine.requests import Requests
from .machine.roles import Roles
from .machine.service_calls import ServiceCalls
from .rules.record import Record

RECORD_PATH = "/_fruits/rights"
"""Where the record is read, by GET."""


def register() -> Roles:
    """Add all of it to ministack, in this process; return what asks its IAM."""
    record = Record()
    roles = Roles(record)
    Requests(record).register()
    ServiceCalls(roles).register()
    _serve_record(record)
    return roles


def _serve_record(record: Record) -> None:
    """Answer a GET of `RECORD_PATH` before anything else sees it."""
    server = ministack("app")
    original = server.app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("type") != "http" or scope.get("path") != RECORD_PATH:
            await original(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(record.to_list()).encode()})

    server.app = app
