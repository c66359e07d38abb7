"""The operations on applications."""

from collections.abc import Callable, Mapping
from typing import Any

from . import release
from .errors import ValidationError
from .events import Event, application_changed
from .ports import Clock, Ids
from .records import Application, Owner
from .states import ApplicationState, check_application_move
from .store import Store

A = ApplicationState
_STOPPED = (A.CREATED, A.STOPPED)
_DEFAULTS: Mapping[str, Any] = {
    "architecture": "X86_64",
    "autoStartConfiguration": {"enabled": True},
    "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15},
}
_SCHEDULING = {"maxConcurrentRuns": 15, "queueTimeoutMinutes": 360}
_RANGES = {"maxConcurrentRuns": (1, 1000), "queueTimeoutMinutes": (15, 720)}
_CHANGEABLE_WHILE_STARTED = {"maximumCapacity", "imageConfiguration", "schedulerConfiguration"}
_NOT_SETTINGS = {"clientToken", "applicationId", "tags"}


class Applications:
    """Creates, changes, starts, stops and deletes applications. Callers hold `store.changed`."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, publish: Callable[[Event], None]) -> None:
        self._store, self._clock, self._ids, self._publish = store, clock, ids, publish

    def create(self, owner: Owner, request: Mapping[str, Any]) -> Application:
        """Create an application, or return the one of this token. Raises ValidationError, ConflictError."""
        scope = (owner, "application")
        known = self._store.seen(scope, request)
        if known:
            return self._store.applications[known]
        if request["type"].upper() != "SPARK":
            raise ValidationError(f"Application type {request['type']} is not supported here: only SPARK is")
        version = release.version(request["releaseLabel"])
        settings = _completed({**_DEFAULTS, **request, "type": "Spark"}, version)
        now = self._clock()
        application = Application(self._ids(), owner, settings, now, now, now, version)
        application.tags.update(request.get("tags", {}))
        self._store.applications[application.application_id] = application
        self._store.remember(scope, request, application.application_id)
        self._publish(application_changed(application))
        return application

    def update(self, application: Application, request: Mapping[str, Any]) -> None:
        """Change settings. Raises ValidationError for one that may not change in the present state."""
        changes = {name: value for name, value in request.items() if name not in _NOT_SETTINGS}
        if application.state == A.STARTED:
            _check_while_started(application.settings, changes)
        elif application.state not in _STOPPED:
            raise ValidationError(_wrong_state(application, "updated", (*_STOPPED, A.STARTED)))
        version = release.version(changes.get("releaseLabel", application.settings["releaseLabel"]))
        application.settings = _completed({**application.settings, **changes}, version)
        application.version = version
        application.updated_at = self._clock()

    def start(self, application: Application) -> None:
        """Start an application; no change where it is starting or started. Raises ValidationError."""
        if application.state in (A.STARTING, A.STARTED):
            return
        if application.state not in _STOPPED:
            raise ValidationError(_wrong_state(application, "started", _STOPPED))
        self.move(application, A.STARTING)

    def stop(self, application: Application) -> None:
        """Stop an application; no change where it is stopping or stopped. Raises ValidationError."""
        if application.state in (A.STOPPING, *_STOPPED):
            return
        if application.state != A.STARTED:
            raise ValidationError(_wrong_state(application, "stopped", (A.STARTED,)))
        if application.is_busy():
            raise ValidationError("All scheduled and running jobs must be completed or cancelled before stopping")
        self.move(application, A.STOPPING)

    def delete(self, application: Application) -> None:
        """Delete an application: it stays visible as TERMINATED. Raises ValidationError, in the service's own words.

        Source of the words: gchq/sleeper issue 2909. Runs are not cancelled: an application that has some is STARTED.
        """
        if application.state not in _STOPPED:
            raise ValidationError(
                f"Application {application.application_id} must be in of the following statuses "
                f"[{', '.join(_STOPPED)}]. Current status: {application.state}"
            )
        self.move(application, A.TERMINATED)

    def move(self, application: Application, state: ApplicationState) -> None:
        """Move an application to a state and publish the event."""
        check_application_move(application.state, state)
        application.state = state
        application.updated_at = application.idle_since = self._clock()
        self._publish(application_changed(application))


def _completed(settings: dict[str, Any], version: tuple[int, int]) -> dict[str, Any]:
    """Return settings with defaults; with the scheduler's only where the release has a queue."""
    settings = {name: value for name, value in settings.items() if name not in _NOT_SETTINGS}
    settings["autoStopConfiguration"] = {**_DEFAULTS["autoStopConfiguration"], **settings["autoStopConfiguration"]}
    settings["autoStartConfiguration"] = {**_DEFAULTS["autoStartConfiguration"], **settings["autoStartConfiguration"]}
    given = settings.get("schedulerConfiguration")
    if given is not None and version < release.QUEUES:
        raise ValidationError("schedulerConfiguration is supported on releases 7.0.0 and higher")
    if given is not None or version >= release.QUEUES_BY_DEFAULT:
        settings["schedulerConfiguration"] = _scheduling(given or {})
    return settings


def _scheduling(given: Mapping[str, int]) -> dict[str, int]:
    for name, (low, high) in _RANGES.items():
        if not low <= given.get(name, low) <= high:
            raise ValidationError(f"{name} must be between {low} and {high}")
    return {**_SCHEDULING, **given}


def _check_while_started(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Source: User Guide, "Updating running applications"; the wording is a user's report (aws-cdk issue 35488)."""
    before = settings.get("schedulerConfiguration") or {}
    after = {**before, **(changes.get("schedulerConfiguration") or {})}
    if after.get("queueTimeoutMinutes") != before.get("queueTimeoutMinutes"):
        raise ValidationError(
            "Only MaxConcurrentRuns from SchedulerConfiguration can be updated when application is in STARTED state."
        )
    refused = set(changes) - _CHANGEABLE_WHILE_STARTED
    if refused:
        raise ValidationError(f"{', '.join(sorted(refused))} cannot be updated when application is in STARTED state.")


def _wrong_state(application: Application, verb: str, states: tuple[ApplicationState, ...]) -> str:
    return (
        f"Application {application.application_id} is {application.state}; to be {verb} it must be in one of the "
        f"following states: [{', '.join(states)}]"
    )
