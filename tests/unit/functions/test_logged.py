"""What joins the logs: a line for each change of a batch or a job, and a run's name on each line about its end."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from chalicelib import handlers
from chalicelib.aws.job_ledger import DynamoJobLedger
from chalicelib.aws.ledger import DynamoLedger
from chalicelib.aws.logged import LOGGER, LoggedJobLedger, LoggedLedger
from chalicelib.domain.plans import RunPlan
from chalicelib.domain.records import Batch, LedgerRun, ScheduledJob
from chalicelib.domain.states import BatchState, JobState
from contracts.jobs.names import Kind
from tests.fakes.functions import START, FakeLedger
from tests.fakes.services import FakeServices
from tests.unit.functions import batch_world

RUN = LedgerRun("run-1", 2, "SUBMITTED", START, details="s3://bucket/uploads/secret-name.jpg was no photo")
BATCH = Batch("batch-1", BatchState.RUNNING, START, photos=8, runs=(RUN,), reason="secret-name.jpg")


class Context:
    function_name = memory_limit_in_mb = "1"
    invoked_function_arn = "arn:aws:lambda:eu-west-3:000000000000:function:on-run-event"
    aws_request_id = "request-1"


class Collected(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def collected() -> Iterator[Collected]:
    handler = Collected()
    logging.getLogger(LOGGER).addHandler(handler)
    yield handler
    logging.getLogger(LOGGER).removeHandler(handler)


@pytest.mark.parametrize("saved", [True, False])
def test_a_change_that_was_saved_is_a_line_and_one_that_was_refused_is_none(
    saved: bool, collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DynamoLedger, "save", lambda _self, _batch: saved)
    monkeypatch.setattr(DynamoJobLedger, "keep", lambda _self, _job: saved)
    job = ScheduledJob(Kind.REFIT, JobState.RUNNING, RunPlan("4711", 40), run=RUN)

    assert object.__new__(LoggedLedger).save(BATCH) is saved
    assert object.__new__(LoggedJobLedger).keep(job) is saved

    said = [(record.getMessage(), vars(record).get("batch_id"), vars(record)["run_id"]) for record in collected.records]
    assert said == ([("batch", "batch-1", "run-1"), ("job", None, "run-1")] if saved else [])


def test_what_a_service_said_is_in_no_line(collected: Collected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DynamoLedger, "save", lambda _self, _batch: True)
    object.__new__(LoggedLedger).save(BATCH)

    assert "secret-name" not in str([vars(record) for record in collected.records])


def test_the_lines_are_those_of_the_handlers() -> None:
    assert handlers.SERVICE == LOGGER


def test_each_line_about_the_end_of_a_run_names_the_run_and_its_batch() -> None:
    world = batch_world.World(ledger=FakeLedger())
    world.upload(10)
    world.submit()
    (run_id,) = world.runner.running()
    world.runner.end(run_id)
    handlers.logger.registered_handler.setStream(log := io.StringIO())  # type: ignore[attr-defined]

    event = {"detail": {"jobRunId": run_id, "state": "SUCCESS"}}
    handlers.on_run_event(event, Context(), services=FakeServices(endings=world.endings(), runner=world.runner))

    (line,) = [json.loads(one) for one in log.getvalue().splitlines() if '"on_run_event"' in one]
    (batch,) = world.ledger.batches()
    assert (line["run_id"], line["batch_id"], line["kind"]) == (run_id, batch.batch_id, "extract")
