"""The front door of the Lambda house: each handler parses, calls and returns.

`template.yaml` names the handlers and what triggers them. They are plain Lambda functions to Chalice, because its own
event decorators can describe neither partial batch responses nor event rules.
"""

from collections import Counter
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from chalice.app import Chalice

from chalicelib import intake, wiring
from chalicelib.errors import RejectForever, RetryLater

SERVICE = "fruits"

app = Chalice(app_name=SERVICE)
logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Fruits", service=SERVICE)
tracer = Tracer(service=SERVICE)


@app.lambda_function(name="collect")
@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def collect(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS messages of S3 events into the ledger; only messages that failed go back to the queue."""
    counts: Counter[str] = Counter()
    ledger, door = wiring.ledger(), wiring.door()

    def register(record: SQSRecord) -> None:
        try:
            intake.collect(record.body, door, ledger, wiring.now(), counts)
        except RejectForever as error:
            # The message's id and never its body: that holds the uploader's IP address and the object's key.
            logger.error("message cannot be read", extra={"outcome": error.outcome, "message_id": record.message_id})
            raise
        except RetryLater as error:
            counts["retry_later"] += 1
            logger.warning("message goes back", extra={"reason": str(error), "message_id": record.message_id})
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event=event, record_handler=register, processor=processor, context=context)
    _report("collect", counts)
    return dict(answer)


@app.lambda_function(name="submit")
@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def submit(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Each minute, or by hand: waiting photos into batches, batches into job runs."""
    counts: Counter[str] = Counter()
    try:
        wiring.submitter().submit(counts)
    except RetryLater as error:
        counts["retry_later"] += 1  # the next minute goes on from the ledger
        logger.warning("submit goes on in a minute", extra={"reason": str(error)})
    finally:
        _report("submit", counts)
    return dict(counts)


@app.lambda_function(name="on_run_event")
@logger.inject_lambda_context(clear_state=True, correlation_id_path="detail.jobRunId")
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def on_run_event(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """A job run's change of state: its end enters the ledger. The event names no batch, so the service is asked."""
    counts: Counter[str] = Counter()
    try:
        wiring.submitter().ended(wiring.runner().look(event["detail"]["jobRunId"]), counts)
    finally:
        _report("on_run_event", counts)
    return dict(counts)


def _report(step: str, counts: "Counter[str]") -> None:
    for name, number in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    logger.info(step, extra={"counts": dict(counts)})
