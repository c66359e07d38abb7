"""All records behind one lock, and the client tokens that identify a repeated request."""

import json
import threading
from collections.abc import Mapping
from typing import Any

from .errors import ConflictError, NotFoundError
from .records import Application, Owner, Run


class Store:
    """Applications by id. Readers and writers hold `changed`; writers notify it after a change."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.applications: dict[str, Application] = {}
        self._tokens: dict[tuple[object, ...], tuple[str, str]] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.applications.clear()
        self._tokens.clear()

    def application(self, owner: Owner, application_id: str) -> Application:
        """Return an application of this owner. Raises NotFoundError."""
        found = self.applications.get(application_id)
        if found is None or found.owner != owner:
            raise NotFoundError(f"Application {application_id} does not exist")
        return found

    def run(self, owner: Owner, application_id: str, run_id: str) -> Run:
        """Return a job run. Raises NotFoundError."""
        found = self.application(owner, application_id).runs.get(run_id)
        if found is None:
            raise NotFoundError(f"Job run {run_id} does not exist")
        return found

    def resource(self, owner: Owner, arn: str) -> Application | Run:
        """Return what an ARN names. Raises NotFoundError."""
        for application in self.applications.values():
            if application.owner == owner:
                resources: tuple[Application | Run, ...] = (application, *application.runs.values())
                found = [resource for resource in resources if resource.arn == arn]
                if found:
                    return found[0]
        raise NotFoundError(f"Resource {arn} does not exist")

    def seen(self, scope: tuple[object, ...], request: Mapping[str, Any]) -> str | None:
        """Return the id that this token's first request got; None for a new token.

        Raises ConflictError for the same token with another request. AWS documents neither this nor how long it
        remembers a token: the emulator remembers it until it ends.
        """
        known = self._tokens.get((*scope, request["clientToken"]))
        if known is None:
            return None
        if known[1] != _fingerprint(request):
            raise ConflictError(f"Client token {request['clientToken']} was used with different request parameters")
        return known[0]

    def remember(self, scope: tuple[object, ...], request: Mapping[str, Any], created_id: str) -> None:
        """Remember what a token's request created."""
        self._tokens[(*scope, request["clientToken"])] = (created_id, _fingerprint(request))


def _fingerprint(request: Mapping[str, Any]) -> str:
    return json.dumps(request, sort_keys=True)
