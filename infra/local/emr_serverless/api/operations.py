"""The operations of the API by name, from validated parameters to the members of the answer."""

from collections.abc import Callable, Mapping
from typing import Any

from ..rules.applications import Applications
from ..rules.errors import NotFoundError, ValidationError
from ..rules.records import Attempt, Owner, Run
from ..rules.runs import Runs
from ..rules.states import ApplicationState
from ..rules.store import Store
from . import describe
from .listing import page

Parameters = Mapping[str, Any]
Result = dict[str, Any]
Operation = Callable[[Owner, Parameters], Result]
_MOST_TAGS = 200


class Operations:
    """Each method is one operation, holds the store's lock while it works, and raises ServiceErrors."""

    def __init__(self, store: Store, applications: Applications, runs: Runs, is_billed: Callable[[Run], bool]) -> None:
        self._store, self._applications, self._runs, self._is_billed = store, applications, runs, is_billed
        self._by_name: dict[str, Operation] = {
            "CreateApplication": self._create_application,
            "GetApplication": self._get_application,
            "ListApplications": self._list_applications,
            "UpdateApplication": self._update_application,
            "StartApplication": self._start_application,
            "StopApplication": self._stop_application,
            "DeleteApplication": self._delete_application,
            "StartJobRun": self._start_job_run,
            "GetJobRun": self._get_job_run,
            "ListJobRuns": self._list_job_runs,
            "CancelJobRun": self._cancel_job_run,
            "ListJobRunAttempts": self._list_job_run_attempts,
            "TagResource": self._tag_resource,
            "UntagResource": self._untag_resource,
            "ListTagsForResource": self._list_tags_for_resource,
        }

    @property
    def names(self) -> frozenset[str]:
        """The operations that are served."""
        return frozenset(self._by_name)

    def perform(self, name: str, owner: Owner, parameters: Parameters) -> Result:
        """Perform an operation. Raises ValidationError for one that this emulator does not serve."""
        if name not in self._by_name:
            raise ValidationError(f"{name} is not supported by the local EMR Serverless")
        with self._store.changed:
            result = self._by_name[name](owner, parameters)
            self._store.changed.notify_all()
            return result

    def _create_application(self, owner: Owner, parameters: Parameters) -> Result:
        return describe.application(self._applications.create(owner, parameters))

    def _get_application(self, owner: Owner, parameters: Parameters) -> Result:
        return {"application": describe.application(self._store.application(owner, parameters["applicationId"]))}

    def _list_applications(self, owner: Owner, parameters: Parameters) -> Result:
        ours = [one for one in self._store.applications.values() if one.owner == owner]
        states = parameters.get("states") or frozenset(ApplicationState) - {ApplicationState.TERMINATED}
        chosen, token = page(ours[::-1], lambda one: one.application_id, lambda one: one.state in states, parameters)
        return {"applications": [describe.application_summary(one) for one in chosen], "nextToken": token}

    def _update_application(self, owner: Owner, parameters: Parameters) -> Result:
        application = self._store.application(owner, parameters["applicationId"])
        self._applications.update(application, parameters)
        return {"application": describe.application(application)}

    def _start_application(self, owner: Owner, parameters: Parameters) -> Result:
        self._applications.start(self._store.application(owner, parameters["applicationId"]))
        return {}

    def _stop_application(self, owner: Owner, parameters: Parameters) -> Result:
        self._applications.stop(self._store.application(owner, parameters["applicationId"]))
        return {}

    def _delete_application(self, owner: Owner, parameters: Parameters) -> Result:
        self._applications.delete(self._store.application(owner, parameters["applicationId"]))
        return {}

    def _start_job_run(self, owner: Owner, parameters: Parameters) -> Result:
        application = self._store.application(owner, parameters["applicationId"])
        return describe.run(self._runs.start(application, parameters))

    def _get_job_run(self, owner: Owner, parameters: Parameters) -> Result:
        run = self._run(owner, parameters)
        number = parameters.get("attempt")
        return {"jobRun": describe.run(run, _attempt(run, number) if number else None, self._is_billed(run))}

    def _list_job_runs(self, owner: Owner, parameters: Parameters) -> Result:
        try:
            application = self._store.application(owner, parameters["applicationId"])
        except NotFoundError as error:  # the service model declares no ResourceNotFoundException for this one
            raise ValidationError(error.message) from None
        newest_first = list(application.runs.values())[::-1]
        chosen, token = page(newest_first, lambda run: run.run_id, lambda run: _wanted(run, parameters), parameters)
        return {"jobRuns": [describe.run_summary(run) for run in chosen], "nextToken": token}

    def _cancel_job_run(self, owner: Owner, parameters: Parameters) -> Result:
        run = self._run(owner, parameters)
        self._runs.cancel(run, parameters.get("shutdownGracePeriodInSeconds"))
        return {"applicationId": run.application.application_id, "jobRunId": run.run_id}

    def _list_job_run_attempts(self, owner: Owner, parameters: Parameters) -> Result:
        run = self._run(owner, parameters)
        chosen, token = page(run.attempts, lambda one: str(one.number), lambda _: True, parameters)
        return {"jobRunAttempts": [describe.attempt_summary(run, one) for one in chosen], "nextToken": token}

    def _tag_resource(self, owner: Owner, parameters: Parameters) -> Result:
        tags = self._store.resource(owner, parameters["resourceArn"]).tags
        if len({*tags, *parameters["tags"]}) > _MOST_TAGS:
            raise ValidationError(f"a resource has at most {_MOST_TAGS} tags")
        tags.update(parameters["tags"])
        return {}

    def _untag_resource(self, owner: Owner, parameters: Parameters) -> Result:
        tags = self._store.resource(owner, parameters["resourceArn"]).tags
        for key in parameters["tagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_tags_for_resource(self, owner: Owner, parameters: Parameters) -> Result:
        return {"tags": dict(self._store.resource(owner, parameters["resourceArn"]).tags)}

    def _run(self, owner: Owner, parameters: Parameters) -> Run:
        return self._store.run(owner, parameters["applicationId"], parameters["jobRunId"])


def _attempt(run: Run, number: int) -> Attempt:
    if number > len(run.attempts):
        raise NotFoundError(f"Attempt {number} of job run {run.run_id} does not exist")
    return run.attempts[number - 1]


def _wanted(run: Run, parameters: Parameters) -> bool:
    after, before = parameters.get("createdAtAfter"), parameters.get("createdAtBefore")
    return (
        (not parameters.get("states") or run.state in parameters["states"])
        and parameters.get("mode") in (None, run.mode)
        and (after is None or run.created_at > after)
        and (before is None or run.created_at < before)
    )
