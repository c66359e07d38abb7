"""The Lambda handlers: each parses its event, calls one use case, and sends what was counted.

`services` is handed in by keyword, so that the same handlers run on AWS and on fakes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chalicelib.domain import maintains, metrics, payloads, refits
from chalicelib.domain.counts import OF_JOB, CollectCount, Counts, GiveUpCount, RunEventCount, SubmitCount, named
from chalicelib.domain.metrics import UNITS, Metric, Values
from chalicelib.domain.uploads import UploadLocation
from chalicelib.services.collect import register_uploads
from chalicelib.services.endings import Endings
from chalicelib.services.gauges import Gauges
from chalicelib.services.ports import Clock, JobRun, JobRunner, Lake, Ledger
from chalicelib.services.redrives import Redrive
from chalicelib.services.scheduled_jobs import ScheduledJobs
from chalicelib.services.spending import Budgeting
from chalicelib.services.submit import Submitter
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import SCHEDULED, Kind

SERVICE = "fruits"

logger = Logger(service=SERVICE)
sender = Metrics(namespace=metrics.NAMESPACE)
tracer = Tracer(service=SERVICE)


class Services(Protocol):
    """What the handlers act through. A part may raise RetryLater or GiveUp when it is first asked for."""

    @property
    def stage(self) -> str:
        """The name of this stack among those beside it."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def upload_location(self) -> UploadLocation:
        """Which objects are uploads."""

    @property
    def ledger(self) -> Ledger:
        """The ledger of photos and batches."""

    @property
    def lake(self) -> Lake:
        """The table's state and the model's."""

    @property
    def runner(self) -> JobRunner:
        """The service that runs jobs."""

    @property
    def submitter(self) -> Submitter:
        """The use cases around the starts of batches' runs."""

    @property
    def budgeting(self) -> Budgeting:
        """What the month's budget allows."""

    @property
    def endings(self) -> Endings:
        """The use cases around the ends of batches' runs."""

    @property
    def gauges(self) -> Gauges:
        """What is measured each minute."""

    @property
    def redrive(self) -> Redrive:
        """The use case of a person who mends."""

    @property
    def scheduled_jobs(self) -> ScheduledJobs:
        """The use cases around the refit and the maintenance."""


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def collect(event: dict[str, Any], context: LambdaContext, services: Services) -> dict[str, Any]:
    """Register the uploads of SQS messages; only messages that failed go back to the queue."""
    counts = Counts()
    ledger, location = services.ledger, services.upload_location
    bodies = [record["body"] for record in event["Records"]]
    failed = iter(_register(bodies, location, ledger, services.clock(), counts))

    def register(record: SQSRecord) -> None:
        error = next(failed)  # the processor asks for one record after the other
        if isinstance(error, GiveUp):
            # The message's id and never its body: that holds the uploader's IP address and the object's key.
            logger.error("message cannot be read", extra={"outcome": error.outcome, "message_id": record.message_id})
        elif error is not None:
            counts[CollectCount.RETRY_LATER] += 1
            logger.warning("message goes back", extra={"reason": str(error), "message_id": record.message_id})
        if error is not None:
            raise error

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event=event, record_handler=register, processor=processor, context=context)
    _report("collect", counts, services)
    return dict(answer)


def _register(
    bodies: Sequence[str], location: UploadLocation, ledger: Ledger, now: datetime, counts: Counts
) -> Sequence[RetryLater | GiveUp | None]:
    """Register the uploads of messages; return for each why it goes back: all do, if the ledger refuses."""
    try:
        return register_uploads(bodies, location, ledger, now, counts)
    except RetryLater as error:
        return [error] * len(bodies)
    except GiveUp as error:  # of the ledger: no message is at fault
        counts[GiveUpCount(error.outcome)] += 1
        logger.error("the ledger refuses", extra={"outcome": error.outcome, "reason": str(error)})
        return [RetryLater(str(error))] * len(bodies)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def submit(event: Any, _context: LambdaContext, services: Services) -> dict[str, int]:
    """Make batches of waiting photos, and start their runs: each minute, or by hand.

    By hand {"redrive": "<batch>"} or {"redrive": "all"} first sends batches in quarantine on their way again, and
    {"now": true} makes a batch of whatever waits.
    """
    counts = Counts()
    gauges: Values = {}
    try:
        options = payloads.submit_options(event)
        if options.redrive:
            services.redrive.redrive(None if options.redrive == "all" else options.redrive, counts)
        submitter = services.submitter.unwaiting() if options.now else services.submitter
        submitter = services.budgeting.applied(submitter, services.clock())
        if submitter.held:
            logger.warning("the month's budget is spent: batches wait for `fruits release`, or for the next month")
        seen = submitter.submit(counts)
        services.budgeting.ask_for_bills(services.clock())
        gauges = services.gauges.read(services.budgeting.month_usd(services.clock()), seen)
    except RetryLater as error:
        counts[SubmitCount.RETRY_LATER] += 1  # the next minute goes on from the ledger
        logger.warning("submit goes on in a minute", extra={"reason": str(error)})
    except GiveUp as error:
        counts[GiveUpCount(error.outcome)] += 1
        raise
    finally:
        _report("submit", counts, services, gauges)
    return named(counts)


@logger.inject_lambda_context(clear_state=True, correlation_id_path="detail.jobRunId")
@tracer.capture_lambda_handler(capture_response=False)
def on_run_event(event: dict[str, Any], _context: LambdaContext, services: Services) -> dict[str, int]:
    """Record the end of a job run. The event lacks the run's name, so GetJobRun supplies it."""
    counts = Counts()
    try:
        run = services.runner.get_run(event["detail"]["jobRunId"])
        _name_run(event["detail"]["jobRunId"], run)
        if run is None:
            counts[RunEventCount.RUN_UNKNOWN] += 1
        elif run.name is not None and run.name.kind in SCHEDULED:
            services.scheduled_jobs.record_end(run, counts)
        else:
            services.endings.record_end(run, counts)
    except RetryLater:
        counts[RunEventCount.RETRY_LATER] += 1
        raise
    finally:
        _report("on_run_event", counts, services)
    return named(counts)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def refit(event: Any, _context: LambdaContext, services: Services) -> dict[str, Any]:
    """Start a refit if the rows have changed: each night, or by hand, {"full": true, "k": 50, "standardize": true}.

    {"look": true}, each hour, measures how far the latest model is behind the rows, and starts nothing.
    """
    with _counting(Kind.REFIT, services) as counts:
        jobs, options, lake = services.scheduled_jobs, payloads.refit_options(event), services.lake
        if options.look:
            hours = refits.hours_behind(jobs.ledger.job(Kind.REFIT), lake.model(), lake.table(), services.clock())
            _send({Metric.MODEL_BEHIND: [hours]}, services.stage)
            return {"outcome": "looked", str(Metric.MODEL_BEHIND): hours}
        result = jobs.trigger(Kind.REFIT, lambda job: refits.plan(job, lake.table(), lake.model(), options), counts)
    return result.to_dict()


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def maintain(event: Any, _context: LambdaContext, services: Services) -> dict[str, Any]:
    """Start the maintenance of the tables, once a day: each week, or by hand, {"again": true}."""
    with _counting(Kind.MAINTAIN, services) as counts:
        jobs, options, lake = services.scheduled_jobs, payloads.maintain_options(event), services.lake
        result = jobs.trigger(
            Kind.MAINTAIN, lambda job: maintains.plan(job, lake.table(), options, services.clock()), counts
        )
    return result.to_dict()


def _name_run(run_id: str, run: JobRun | None) -> None:
    """Put the run on each line of this call, and the batch that it works on."""
    logger.append_keys(run_id=run_id)
    if run is not None and run.name is not None:
        subject = "batch_id" if run.name.kind is Kind.EXTRACT else "subject"
        logger.append_keys(**{"kind": run.name.kind.value, subject: run.name.subject})


@contextmanager
def _counting(kind: Kind, services: Services) -> Iterator[Counts]:
    """Send what a trigger counts. Every error is raised: Lambda tries again in minutes, the schedule in hours."""
    counts = Counts()
    try:
        yield counts
    except RetryLater:
        counts[OF_JOB[kind].RETRY_LATER] += 1
        raise
    except GiveUp as error:
        counts[GiveUpCount(error.outcome)] += 1
        raise
    finally:
        _report(kind, counts, services)


def _report(step: str, counts: Counts, services: Services, gauges: Values = MappingProxyType({})) -> None:
    """Send the metrics among what was counted and measured; all of it goes into the log line."""
    if values := {**gauges, **metrics.counted(counts)}:
        _send(values, services.stage)
    logger.info(step, extra={"counts": named(counts)})


def _send(values: Values, stage: str) -> None:
    """Print the values as CloudWatch's embedded metric format: no other place sends a metric."""
    sender.add_dimension(name=metrics.DIMENSION, value=stage)
    for name, found in values.items():
        for value in found:
            sender.add_metric(name=name, unit=UNITS[name], value=value)
    sender.flush_metrics()
