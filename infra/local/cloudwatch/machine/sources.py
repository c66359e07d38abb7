"""Where metrics come from: logs and ends of functions, messages that are sent, and a look at services each minute."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from ..rules import embedded, services
from ..rules.services import Measured, Spark
from .modules import ministack
from .store import keep_measured, keep_sent


def register() -> None:
    """Have ministack's Lambda and SQS send their metrics, in this process."""
    functions, s3, sqs = ministack("services.lambda_svc"), ministack("services.s3"), ministack("services.sqs")
    functions._emit_lambda_logs = _with_metrics(functions._emit_lambda_logs)
    functions._emit_lambda_metrics = _send_throttles
    s3._deliver_event_to_sqs = _counted(s3._deliver_event_to_sqs, lambda arn, *_: str(arn).rpartition(":")[2])
    send = _counted(sqs._act_send_message, lambda _, url: str(url).rpartition("/")[2])
    sqs._act_send_message = sqs._HANDLERS["SendMessage"] = send


def _with_metrics(write_logs: Callable[..., None]) -> Callable[..., None]:
    """Return what writes the logs of an invocation, and keeps its metrics: every way to invoke passes here."""

    def write(func: dict[str, Any], request_id: str, text: str, error: bool, duration_ms: int, **more: Any) -> None:
        write_logs(func, request_id, text, error, duration_ms, **more)
        name = (func.get("config") or func).get("FunctionName", "unknown")
        keep_measured(services.of_invocation(name, duration_ms / 1000, failed=error), time.time())
        for line in text.splitlines():
            keep_sent(embedded.metrics(line))

    return write


def _send_throttles(function_name: str, *_: Any, throttle: bool, **__: Any) -> None:
    """Keep a throttled call. ministack tells of some ways to invoke; `_with_metrics` of all."""
    if throttle:
        measured = Measured(services.LAMBDA, "Throttles", {"FunctionName": function_name}, "Count", 1)
        keep_measured([measured], time.time())


def _counted(deliver: Callable[..., Any], queue_of: Callable[..., str]) -> Callable[..., Any]:
    """Return what delivers a message and counts it for its queue."""

    def delivered(*args: Any, **named: Any) -> Any:
        answer = deliver(*args, **named)
        sent = Measured(services.SQS, "NumberOfMessagesSent", {"QueueName": queue_of(*args)}, "Count", 1)
        keep_measured([sent], time.time())
        return answer

    return delivered


def look(spark: Callable[[], Iterable[tuple[str, str, Spark]]], now: float) -> None:
    """Measure all queues and applications. `spark` returns the applications, each with its account and Region."""
    scope = ministack("core.responses").request_scope
    for (account, region, _), queue in list(ministack("services.sqs")._queues.all_items()):
        visible = [one["sent_at"] for one in list(queue["messages"]) if one["visible_at"] <= now]
        with scope(account, region):
            keep_measured(services.of_queue(str(queue["name"]), visible, now), now)
    for account, region, application in spark():
        with scope(account, region):
            keep_measured(services.of_spark(application), now)
