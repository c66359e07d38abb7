"""The entry point of the Lambda house: each handler parses, calls and returns.

`template.yaml` names the handlers and what triggers them. They are plain Lambda functions to Chalice, because its own
event decorators can describe neither partial batch responses nor event rules.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from chalice.app import Chalice

from chalicelib import wiring
from chalicelib.domain import maintains, payloads, refits
from chalicelib.domain.counts import OF_JOB, CollectCount, Counts, GiveUpCount, RunEventCount, SubmitCount, named
from chalicelib.services.collect import register_uploads
from chalicelib.services.scheduled_jobs import Decide
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import STANDING, Kind

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
    counts: Counts = Counter()
    ledger, upload_location = wiring.ledger(), wiring.upload_location()

    def register(record: SQSRecord) -> None:
        try:
            register_uploads(record.body, upload_location, ledger, wiring.now(), counts)
        except GiveUp as error:
            # The message's id and never its body: that holds the uploader's IP address and the object's key.
            logger.error("message cannot be read", extra={"outcome": error.outcome, "message_id": record.message_id})
            raise
        except RetryLater as error:
            counts[CollectCount.RETRY_LATER] += 1
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
def submit(event: Any, _context: LambdaContext) -> dict[str, int]:
    """Each minute, or by hand: waiting photos into batches, batches into job runs.

    By hand {"redrive": "<batch>"} or {"redrive": "all"} first sends what is in quarantine on its way again.
    """
    counts: Counts = Counter()
    try:
        if wanted := payloads.wanted_redrive(event):
            wiring.redrive().redrive(None if wanted == "all" else wanted, counts)
        wiring.submitter().submit(counts)
    except RetryLater as error:
        counts[SubmitCount.RETRY_LATER] += 1  # the next minute goes on from the ledger
        logger.warning("submit goes on in a minute", extra={"reason": str(error)})
    except GiveUp as error:
        counts[GiveUpCount(error.outcome)] += 1
        raise
    finally:
        _report("submit", counts)
    return named(counts)


@app.lambda_function(name="on_run_event")
@logger.inject_lambda_context(clear_state=True, correlation_id_path="detail.jobRunId")
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def on_run_event(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """A job run's change of state: its end enters the ledger. The event has no name, so the service is asked for it."""
    counts: Counts = Counter()
    try:
        run = wiring.runner().get_run(event["detail"]["jobRunId"])
        if run is None:
            counts[RunEventCount.RUN_UNKNOWN] += 1
        elif run.name is not None and run.name.kind in STANDING:
            wiring.scheduled_jobs().record_end(run, counts)
        else:
            wiring.endings().record_end(run, counts)
    except RetryLater:
        counts[RunEventCount.RETRY_LATER] += 1
        raise
    finally:
        _report("on_run_event", counts)
    return named(counts)


@app.lambda_function(name="refit")
@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def refit(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """Each night, or by hand with {"full": true, "k": 50, "standardize": true}: a refit, if the rows have changed."""

    def decided() -> Decide:
        options, lake = payloads.refit_options(event), wiring.lake()
        return lambda job: refits.plan(job, lake.table(), lake.model(), options)

    return _trigger(Kind.REFIT, decided)


@app.lambda_function(name="maintain")
@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def maintain(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """Each week, or by hand with {"again": true}: maintenance of the tables, once a day."""

    def decided() -> Decide:
        options, lake = payloads.maintain_options(event), wiring.lake()
        return lambda job: maintains.plan(job, lake.table(), options, wiring.now())

    return _trigger(Kind.MAINTAIN, decided)


def _trigger(kind: Kind, decided: Callable[[], Decide]) -> dict[str, Any]:
    """Trigger a job. Its schedule does not come again in a minute: what fails is raised, and Lambda retries."""
    counts: Counts = Counter()
    try:
        result = wiring.scheduled_jobs().trigger(kind, decided(), counts)
    except RetryLater:
        counts[OF_JOB[kind].RETRY_LATER] += 1
        raise
    except GiveUp as error:
        counts[GiveUpCount(error.outcome)] += 1
        raise
    finally:
        _report(kind, counts)
    return result.to_dict()


def _report(step: str, counts: Counts) -> None:
    if counts:  # a dimension without a metric stays for the next call, which would give it twice
        metrics.add_dimension(name="stage", value=wiring.stage())
    for name, number in named(counts).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    logger.info(step, extra={"counts": named(counts)})
