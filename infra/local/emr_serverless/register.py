"""The one place that knows ministack from within: where a service is registered there, and how it runs.

Tried on ministack 1.5.33. The first three make the service answer and its CloudFormation type deploy; the fourth has
`/_ministack/reset` forget its state too. `tests/contract/test_ministack_registration.py` fails when one of them moves.
"""

import importlib
import os
import random
import string
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from . import settings
from .aws import LocalServices
from .cloudformation import TYPE, ApplicationResource
from .events import Event
from .records import Owner
from .runner import SupervisedRunner
from .service import Service
from .validation import SERVICE

PATTERN: Mapping[str, Any] = {"host_patterns": [r"emr-serverless\."], "credential_scope": SERVICE}
_MODULE = "emr_serverless"
_ID_LENGTH = 16
_LETTERS = string.ascii_lowercase + string.digits


class Registered:
    """The service as a module of ministack's: `handle_request` and `reset` have the names that it looks for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def handle_request(
        self, method: str, path: str, _headers: Mapping[str, str], body: bytes, query: Mapping[str, Sequence[str]]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer a request of the account and Region that it was signed for."""
        return await self._service.handle(current_owner(), method, path, query, body)

    def reset(self) -> None:
        """Forget everything."""
        self._service.reset()


def register(service: Service) -> None:
    """Add the service to ministack, in this process."""
    app = importlib.import_module("ministack.app")
    router = importlib.import_module("ministack.core.router")
    provisioners = importlib.import_module("ministack.services.cloudformation.provisioners")
    resource = ApplicationResource(service, current_owner, lambda: str(uuid.uuid4()))
    registered = Registered(service)
    app.SERVICE_HANDLERS[SERVICE] = registered.handle_request
    router.SERVICE_PATTERNS[SERVICE] = PATTERN
    provisioners._RESOURCE_HANDLERS[TYPE] = {
        "create": resource.create,
        "update": resource.update,
        "delete": resource.delete,
    }
    app.SERVICE_REGISTRY[SERVICE] = {"module": _MODULE}
    app._loaded_modules[_MODULE] = registered


def current_owner() -> Owner:
    """Return the account and Region of the request that ministack is working on."""
    responses = importlib.import_module("ministack.core.responses")
    return Owner(responses.get_account_id(), responses.get_region())


def publish(event: Event) -> None:
    """Send an event as ministack's own services do: only they may name a source that begins with "aws."."""
    responses = importlib.import_module("ministack.core.responses")
    eventbridge = importlib.import_module("ministack.services.eventbridge")
    with responses.request_scope(event.owner.account, event.owner.region):
        eventbridge._put_events({"Entries": [event.entry()]}, allow_aws_source=True)


def new_id() -> str:
    """Return an id that looks like the service's: `00`, then lower-case letters and digits."""
    return "00" + "".join(random.SystemRandom().choices(_LETTERS, k=_ID_LENGTH - 2))


def main() -> None:
    """Run ministack with this service in it, until it is told to end; then no job is left."""
    configured = settings.read(os.environ)
    cloud = LocalServices(configured.endpoint, publish)
    service = Service(configured, cloud, SupervisedRunner(), lambda: datetime.now(UTC), new_id)
    register(service)
    service.start()
    try:
        importlib.import_module("ministack.app").main()
    finally:
        service.close()
