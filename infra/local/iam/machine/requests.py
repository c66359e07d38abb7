"""Requests: actions and resources that ministack does not see, the words of a refusal, S3's missing objects."""

import contextvars
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..rules import asked
from ..rules.asked import Asked
from ..rules.record import Record, denial, role_of
from .modules import ministack

SERVICE = "emr-serverless"
UNKNOWN = "unknown:Call"
"""The action of a request whose own one ministack cannot tell. No policy allows it: it has to be told here first."""
_more: contextvars.ContextVar[Sequence[Asked]] = contextvars.ContextVar("iam_more", default=())
"""What the request at hand asks for beyond its own action and resource."""
_unrecorded: contextvars.ContextVar[bool] = contextvars.ContextVar("iam_unrecorded", default=False)
"""Whether a question is nobody's call: of a resource's own policy, or of S3 about what it may say."""
_refused: contextvars.ContextVar[Asked | None] = contextvars.ContextVar("iam_refused", default=None)


@dataclass(frozen=True, slots=True)
class Requests:
    """Adds to ministack's checks of requests, and records what they decide."""

    record: Record

    def register(self) -> None:
        """Add it to ministack, in this process."""
        _see_tls()
        _know_actions()
        _know_resources()
        _know_keys()
        _check_more()
        self._record_decisions()
        _hide_what_may_not_be_listed()

    def _record_decisions(self) -> None:
        evaluator = ministack("core.iam_evaluator")
        evaluate, of_resource = evaluator.evaluate, evaluator.evaluate_resource_policy

        def evaluate_and_record(context: Any, policies: Any, *limits: Any) -> Any:
            result = evaluate(context, policies, *limits)
            role = role_of(context.principal_arn)
            if role is not None and not _unrecorded.get():
                statements = [one for part in policies for one in part]
                allowing = [one.sid for one in statements if evaluator._first_match(context, [one], "Allow")]
                self.record.add(role, context.action, allowing if result.decision == "Allow" else ())
            return result

        evaluator.evaluate = evaluate_and_record
        evaluator.evaluate_resource_policy = lambda *given, **options: _unseen(of_resource, *given, **options)


def _unseen(ask: Any, *given: Any, **options: Any) -> Any:
    """Ask without a record of it."""
    token = _unrecorded.set(True)
    try:
        return ask(*given, **options)
    finally:
        _unrecorded.reset(token)


def _see_tls() -> None:
    """Take every request for one by TLS: on AWS it is, and policies deny the others."""
    app = ministack("app")
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin(source_ip, True)


def _know_actions() -> None:
    """Let ministack see actions of EMR Serverless; a request of a service without one is refused to a role."""
    actions = ministack("core.iam_actions")
    actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE
    actions._BOTOCORE_SERVICE_MAP[SERVICE] = [SERVICE]
    original = actions.extract_iam_action
    actions.extract_iam_action = lambda service, *request: original(service, *request) or UNKNOWN


def _know_resources() -> None:
    """Let ministack see resources of EMR Serverless, and all that a call to Glue needs."""
    actions = ministack("core.iam_actions")
    original = actions.extract_resource_arn

    def extract(service: str, method: str, path: str, headers: Any, body: bytes, query: Any, *where: str) -> str:
        _more.set(())
        _refused.set(None)
        action = actions.extract_iam_action(service, method, path, headers, body, query)
        if service == SERVICE:
            _more.set(asked.passed_roles(action, body))
            return asked.emr_resource(path, *where)
        if service == "glue":
            *more, last = asked.glue_resources(action, body, *where)
            _more.set([Asked(action, one) for one in more])
            return last
        return str(original(service, method, path, headers, body, query, *where))

    actions.extract_resource_arn = extract


def _know_keys() -> None:
    """Let ministack see which items of a table a call is about: without that, a condition on them holds nothing."""
    actions = ministack("core.iam_actions")
    original = actions.dynamodb_service_context

    def context(body: bytes) -> dict[str, Any]:
        found: dict[str, Any] = original(body)
        keys = asked.leading_keys(body)
        return {**found, "dynamodb:LeadingKeys": keys} if keys else found

    actions.dynamodb_service_context = context


def _check_more() -> None:
    """After a request's own action, check the others; refuse in AWS's words, which name the resource."""
    evaluator, actions = ministack("core.iam_evaluator"), ministack("core.iam_actions")
    enforce, respond = evaluator.enforce, actions.access_denied_response

    def enforce_all(key: str, action: str, service: str, region: str, **given: Any) -> Any:
        denied = enforce(key, action, service, region, **given)
        for one in () if denied else _more.get():
            denied = enforce(key, one.action, service, region, resource_arn=one.resource, service_context=one.context)
            if denied:
                _refused.set(one)
                break
        _more.set(())
        return denied

    def respond_in_words(service: str, action: str, principal: str, request: str, **given: Any) -> Any:
        refused = _refused.get()
        if refused is not None:
            action, given["resource_arn"] = refused.action, refused.resource
        if not given.get("error_code") and not given.get("resource_policy_arn"):
            resource, explicit = given.get("resource_arn", "*"), given.get("explicit_deny", False)
            given["message"] = denial(action, principal, resource, explicit)
        return respond(service, action, principal, request, **given)

    evaluator.enforce, actions.access_denied_response = enforce_all, respond_in_words


def _hide_what_may_not_be_listed() -> None:
    """S3 says that an object is missing only to one who may list its bucket: others are refused.

    Source: S3 API Reference, GetObject, "Permissions". A right to list that is tied to a prefix does not count here:
    whether it does on AWS is not documented. Clients of the local cloud name the bucket in the path.
    """
    app, evaluator, router = ministack("app"), ministack("core.iam_evaluator"), ministack("core.router")
    original = app.SERVICE_HANDLERS["s3"]

    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = await original(method, path, headers, body, query)
        bucket, _, key = path.lstrip("/").partition("/")
        if answer[0] != 404 or not key or method not in ("GET", "HEAD"):
            return answer
        caller, listed = router.extract_access_key_id(headers, query), f"arn:aws:s3:::{bucket}"
        question = (caller, "s3:ListBucket", "s3", router.extract_region(headers))
        asked_for = {"resource_arn": listed, "service_context": {}}
        denied = _unseen(evaluator.enforce, *question, **asked_for)
        if denied is None:
            evaluator.enforce(*question, **asked_for)  # what a right is good for is a use of it
        return answer if denied is None else _forbidden(method, denied.principal_arn, listed)

    app.SERVICE_HANDLERS["s3"] = handle


def _forbidden(method: str, principal: str, bucket_arn: str) -> Any:
    if method == "HEAD":  # S3 answers it without a body
        return 403, {}, b""
    respond = ministack("core.iam_actions").access_denied_response
    return respond("s3", "s3:ListBucket", principal, "", resource_arn=bucket_arn)
