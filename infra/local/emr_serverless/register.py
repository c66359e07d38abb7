"""Register the service with ministack and run ministack: the only module that knows ministack from within.

Tried on ministack 1.5.33: a handler, a pattern of the router, resource types of CloudFormation; and a module name, by
which `/_ministack/reset` resets this service too. `tests/contract/test_ministack_registration.py` fails when ministack
moves one of them.

The first request builds the service: botocore takes a quarter of a second to import, and most local clouds never run a
job.
"""

import importlib
import os
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import SERVICE, budget_type
from .last_lines import keep_last_lines
from .rules import settings
from .taken_names import refuse_taken_names

if TYPE_CHECKING:
    from .api.cloudformation import ApplicationResource, Created
    from .api.service import Service
    from .rules.events import Event
    from .rules.ports import CredentialIssuer
    from .rules.records import Owner

TYPE = "AWS::EMRServerless::Application"
PATTERN: Mapping[str, Any] = {"host_patterns": [r"emr-serverless\."], "credential_scope": SERVICE}
_MODULE = "emr_serverless"
Handler = Callable[..., Awaitable[Any]]


class Registered:
    """The service as ministack sees it: a module with `handle_request` and `reset`, and a resource type's functions."""

    def __init__(self, configured: settings.EmulatorSettings, issuer: "CredentialIssuer | None" = None) -> None:
        self._configured, self._issuer = configured, issuer
        self._lock = threading.Lock()
        self._service: Service | None = None

    async def handle_request(
        self, method: str, path: str, _headers: Mapping[str, str], body: bytes, query: Mapping[str, Sequence[str]]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer a request for the account and Region that signed it."""
        return await self.service().handle(current_owner(), method, path, query, body)

    def reset(self) -> None:
        """Forget everything."""
        if self._service is not None:
            self._service.reset()

    def close(self) -> None:
        """Stop every job."""
        if self._service is not None:
            self._service.close()

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> "Created":
        """Create an application for a stack."""
        return self._resource().create(logical_id, properties, stack)

    def update(self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> "Created":
        """Update a stack's application."""
        return self._resource().update(physical_id, old, new, stack)

    def delete(self, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete a stack's application."""
        self._resource().delete(physical_id, properties)

    def service(self) -> "Service":
        """Return the service; the first call builds and starts it."""
        from . import wiring

        with self._lock:
            if self._service is None:
                self._service = wiring.start_service(self._configured, publish, self._issuer)
            return self._service

    def built(self) -> "Service | None":
        """Return the service if something has asked for it."""
        return self._service

    def _resource(self) -> "ApplicationResource":
        from .api.cloudformation import ApplicationResource

        return ApplicationResource(self.service(), current_owner, lambda: str(uuid.uuid4()))


def register(registered: Registered) -> None:
    """Add the service to ministack, in this process."""
    app = importlib.import_module("ministack.app")
    router = importlib.import_module("ministack.core.router")
    app.SERVICE_HANDLERS[SERVICE] = registered.handle_request
    router.SERVICE_PATTERNS[SERVICE] = PATTERN
    app.SERVICE_HANDLERS["cloudformation"] = _with_resource_type(registered, app.SERVICE_HANDLERS["cloudformation"])
    app.SERVICE_REGISTRY[SERVICE] = {"module": _MODULE}
    app._loaded_modules[_MODULE] = registered


def register_resource_type(registered: Registered) -> None:
    """Add the resource type to ministack's CloudFormation; taken names are refused there, and calls keep last lines."""
    provisioners = importlib.import_module("ministack.services.cloudformation.provisioners")
    refuse_taken_names(provisioners)
    keep_last_lines(importlib.import_module("ministack.core.lambda_runtime").Worker)
    budgets = budget_type.BudgetResource(importlib.import_module("ministack.services.budgets"))
    provisioners._RESOURCE_HANDLERS[budget_type.TYPE] = {
        "create": budgets.create,
        "update": budgets.update,
        "delete": budgets.delete,
    }
    provisioners._RESOURCE_HANDLERS[TYPE] = {
        "create": registered.create,
        "update": registered.update,
        "delete": registered.delete,
    }


def _with_resource_type(registered: Registered, cloudformation: Handler) -> Handler:
    """Return ministack's CloudFormation with a handler that first registers our resource type.

    Registering it at the start would import half of ministack, another quarter of a second.
    """

    async def handle(*request: Any) -> Any:
        register_resource_type(registered)
        return await cloudformation(*request)

    return handle


def current_owner() -> "Owner":
    """Return the account and Region of the request that ministack is working on."""
    from .rules.records import Owner

    responses = importlib.import_module("ministack.core.responses")
    return Owner(responses.get_account_id(), responses.get_region())


def publish(event: "Event") -> None:
    """Send an event as ministack's own services do: only these may name a source that begins with "aws."."""
    responses = importlib.import_module("ministack.core.responses")
    eventbridge = importlib.import_module("ministack.services.eventbridge")
    with responses.request_scope(event.owner.account, event.owner.region):
        eventbridge._put_events({"Entries": [event.entry()]}, allow_aws_source=True)


def main(
    issuer: "CredentialIssuer | None" = None, beside: Callable[[Callable[[], "Service | None"]], None] | None = None
) -> None:
    """Run ministack with this service until it ends; then stop every job.

    `issuer`: see `wiring.start_service`. `beside` adds more to ministack; it is given what returns the service.
    """
    registered = Registered(settings.read(os.environ), issuer)
    register(registered)
    if beside is not None:
        beside(registered.built)
    try:
        importlib.import_module("ministack.app").main()
    finally:
        registered.close()
