"""The handlers themselves, on fakes: what goes back to the queue, what is counted, what is logged."""

import io
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

import app
from chalicelib import handlers
from chalicelib.domain.counts import GiveUpCount
from chalicelib.domain.records import Upload
from chalicelib.domain.states import BatchState, JobState
from chalicelib.services.redrives import Redrive
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import Kind
from tests.fakes.functions import FakeLedger
from tests.fakes.interposed import failing, interposed
from tests.fakes.messages import body, record, sqs
from tests.fakes.services import Context, FakeServices
from tests.unit.functions import batch_world
from tests.unit.functions.scheduled_world import World


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


def collect(ledger: FakeLedger, *bodies: str) -> list[str]:
    answer = handlers.collect(sqs(*bodies), Context(), services=FakeServices(ledger=ledger))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.mark.parametrize("place", range(10))
def test_one_poisonous_message_of_ten_goes_back_alone_wherever_it_stands(place: int, ledger: FakeLedger) -> None:
    bodies = [body(record(f"uploads/o/{n}.jpg")) for n in range(10)]
    bodies[place] = "poison"

    assert collect(ledger, *bodies) == [f"message-{place}"]
    assert len(ledger.photos) == 9


def test_ten_poisonous_messages_all_go_back(ledger: FakeLedger) -> None:
    assert len(collect(ledger, *["poison"] * 10)) == 10


def test_a_test_event_is_done_with(ledger: FakeLedger) -> None:
    assert collect(ledger, json.dumps({"Event": "s3:TestEvent"})) == []
    assert not ledger.photos


def test_messages_go_back_while_the_ledger_does_not_answer_and_are_taken_when_it_does(ledger: FakeLedger) -> None:
    later = RetryLater("dynamodb: ThrottlingException")

    def throttle(real: Callable[..., Any], uploads: Sequence[Upload], *now: Any) -> list[Any]:
        return [later, *real(uploads[1:2], *now), later]

    bodies = [body(record(f"uploads/o/{n}.jpg")) for n in range(3)]

    assert collect(interposed(ledger, "register", throttle), *bodies) == ["message-0", "message-2"]
    assert collect(failing(ledger, "register", later), bodies[0], bodies[2]) == ["message-0", "message-1"]
    assert collect(ledger, bodies[0], bodies[2]) == []
    assert len(ledger.photos) == 3


def lambda_service(ledger: FakeLedger, bodies: list[str], partial: bool) -> list[str]:
    """What Lambda and SQS do with the answer: without ReportBatchItemFailures any answer is a success of all."""
    failed = set(collect(ledger, *bodies))
    return [text for number, text in enumerate(bodies) if partial and f"message-{number}" in failed]


@pytest.mark.parametrize(("partial", "left"), [(True, 1), (False, 0)], ids=["switched on", "red twin: switched off"])
def test_without_its_switch_a_partial_answer_loses_the_message_that_failed(
    ledger: FakeLedger, partial: bool, left: int
) -> None:
    assert len(lambda_service(ledger, [body(record()), "poison"], partial)) == left


def test_no_key_no_address_and_no_body_is_logged(ledger: FakeLedger, capsys: pytest.CaptureFixture[str]) -> None:
    handlers.logger.registered_handler.setStream(log := io.StringIO())  # type: ignore[attr-defined]
    collect(ledger, body(record("uploads/o1/banana/secret-name.jpg")), body(record(version=None)), "poison")

    logged = log.getvalue() + capsys.readouterr().out
    assert '"outcome":"unversioned_object"' in logged
    for personal in ("secret-name", "203.0.113.7", "AIDACKCEVSQ6C2EXAMPLE", "poison"):
        assert personal not in logged


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    handlers.logger.registered_handler.setStream(stream)  # type: ignore[attr-defined]
    return stream


def logged(log: io.StringIO) -> dict[str, int]:
    """What the one call counted, as its log line has it."""
    lines = [json.loads(line) for line in log.getvalue().splitlines() if line.startswith("{")]
    (counts,) = (line["counts"] for line in lines if "counts" in line)
    return dict(counts)


def test_outcomes_are_counted_in_the_log(ledger: FakeLedger, log: io.StringIO) -> None:
    collect(ledger, body(record()), body(record()), body(record("elsewhere/a.jpg")))

    assert logged(log) == {"accepted": 1, "duplicate": 1, "foreign_prefix": 1}


def test_a_ledger_that_refuses_is_logged_with_its_reason_and_no_message_is_blamed(
    ledger: FakeLedger, log: io.StringIO
) -> None:
    refusal = GiveUp("dynamodb: not authorized to perform dynamodb:PutItem", GiveUpCount.DYNAMODB_REFUSED)

    assert collect(failing(ledger, "register", refusal), body(record()), body(record())) == ["message-0", "message-1"]

    assert logged(log) == {"dynamodb_refused": 1, "collect_retry_later": 2}
    lines = [json.loads(line) for line in log.getvalue().splitlines() if line.startswith("{")]
    assert [line["reason"] for line in lines if line["level"] == "ERROR"] == [str(refusal)]
    assert "message cannot be read" not in log.getvalue()


@pytest.fixture
def scheduled() -> World:
    return World()


def services_of(world: World) -> FakeServices:
    return FakeServices(scheduled_jobs=world.jobs(), lake=world.lake, runner=world.runner, clock=world.clock)


def changed(run_id: str) -> dict[str, Any]:
    return {"detail-type": "EMR Serverless Job Run State Change", "detail": {"jobRunId": run_id, "state": "SUCCESS"}}


def test_a_refit_is_fired_with_the_options_of_its_payload(scheduled: World, log: io.StringIO) -> None:
    options = {"full": True, "k": 50, "standardize": True}
    answer = handlers.refit(options, Context(), services=services_of(scheduled))

    name = f"refit/{scheduled.history.current}/1"
    assert json.loads(json.dumps(answer)) == {"outcome": "started", "run": name, "run_id": "run-0"}
    assert scheduled.runner.jobs["run-0"].arguments == ("--full", "--standardize", "--k", "50")
    assert logged(log)["refit_started"] == 1


@pytest.mark.parametrize(("handler", "kind"), [(handlers.refit, "refit"), (handlers.maintain, "maintain")])
def test_a_payload_with_an_unknown_member_starts_nothing_and_is_counted(
    scheduled: World, handler: Callable[..., Any], kind: str, log: io.StringIO
) -> None:
    with pytest.raises(GiveUp, match="unknown: everything"):
        handler({"everything": True}, Context(), services=services_of(scheduled))

    assert scheduled.runs == []
    assert logged(log)[f"{kind}_payload"] == 1


def test_what_may_succeed_later_is_raised_so_that_lambda_tries_again_in_minutes(
    scheduled: World, log: io.StringIO
) -> None:
    scheduled.runner.lost_replies = 1
    with pytest.raises(RetryLater):
        handlers.refit({}, Context(), services=services_of(scheduled))
    assert logged(log)["refit_retry_later"] == 1

    assert handlers.refit({}, Context(), services=services_of(scheduled))["outcome"] == "started_again"
    assert scheduled.runs == ["run-0"]


def test_maintenance_is_fired_once_a_day(scheduled: World) -> None:
    answers = [handlers.maintain({}, Context(), services=services_of(scheduled)) for _ in range(2)]

    assert [answer["outcome"] for answer in answers] == ["started", "running"]
    assert [str(job.name) for job in scheduled.runner.jobs.values()] == ["maintain/2026-11-24/1"]


def test_the_end_of_a_run_goes_to_who_awaits_it_by_the_runs_name(scheduled: World) -> None:
    batches = batch_world.World(ledger=FakeLedger())
    batches.runner = scheduled.runner
    batches.manifests = scheduled.runner.manifests
    services = replace(services_of(scheduled), endings=batches.endings())
    batches.upload(10)
    batches.submit()
    handlers.refit({}, Context(), services=services)
    handlers.maintain({}, Context(), services=services)
    for run_id in scheduled.runs:
        scheduled.runner.end(run_id)

    counts = [handlers.on_run_event(changed(run_id), Context(), services=services) for run_id in scheduled.runs]

    assert [next(iter(count)) for count in counts] == ["batches_done", "refit_done", "maintain_done"]
    assert [batch.state for batch in batches.ledger.batches()] == [BatchState.DONE]
    assert {kind: job.state for kind, job in scheduled.ledger.kept.items()} == {
        Kind.REFIT: JobState.DONE,
        Kind.MAINTAIN: JobState.DONE,
    }


@pytest.fixture
def batches() -> batch_world.World:
    return batch_world.World()


def submit(world: batch_world.World, event: Any) -> dict[str, int]:
    redrive = Redrive(world.ledger, world.endings(), world.clock)
    services = FakeServices(submitter=world.submitter(), redrive=redrive)
    return dict(handlers.submit(event, Context(), services=services))


@pytest.mark.parametrize("named", [True, False], ids=["by name", "all"])
def test_submit_by_hand_redrives_what_is_in_quarantine_and_starts_it_at_once(
    batches: batch_world.World, named: bool
) -> None:
    batches.upload(10)
    batches.try_all("FAILED")
    (batch,) = batches.ledger.quarantined()

    counts = submit(batches, {"redrive": batch.batch_id if named else "all"})

    assert (counts["batches_redriven"], counts["photos_redriven"], counts["batch_runs_started"]) == (1, 10, 1)


def test_submit_by_hand_makes_a_batch_of_whatever_waits_and_a_schedule_does_not(batches: batch_world.World) -> None:
    batches.upload(3)

    counts = [submit(batches, event) for event in ({}, {"now": False}, {"now": True})]

    assert [count.get("photos_submitted", 0) for count in counts] == [0, 0, 3]


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [({"redrive": 1}, "submit_payload"), ({"redrive": "x"}, "no_such_batch"), ({"now": "yes"}, "submit_payload")],
)
def test_a_redrive_of_nothing_is_refused_by_name_and_counted(
    batches: batch_world.World, payload: dict[str, Any], outcome: str, log: io.StringIO
) -> None:
    with pytest.raises(GiveUp, match=outcome):
        submit(batches, payload)

    assert logged(log)[outcome] == 1
    assert not batches.runner.runs


@pytest.mark.parametrize("event", [{}, None, {"version": "0", "detail-type": "Scheduled Event"}])
def test_what_a_schedule_sends_redrives_nothing(batches: batch_world.World, event: Any) -> None:
    batches.upload(10)
    batches.try_all("FAILED")

    assert "batches_redriven" not in submit(batches, event)


def test_the_event_of_a_run_that_the_service_does_not_know_is_counted(batches: batch_world.World) -> None:
    services = FakeServices(runner=batches.runner, endings=batches.endings())

    assert handlers.on_run_event(changed("nobody"), Context(), services=services) == {"run_unknown": 1}
    assert not batches.ledger.kept


EVENTS: dict[str, dict[str, Any]] = {
    "collect": sqs(body(record())),
    "submit": {},
    "on_run_event": changed("run-0"),
    "refit": {},
    "maintain": {},
}


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_put_off_counts_under_the_name_of_its_handler_alone(name: str, log: io.StringIO) -> None:
    with suppress(RetryLater):
        getattr(handlers, name)(EVENTS[name], Context(), services=FakeServices())

    assert logged(log) == {f"{name}_retry_later": 1}


@pytest.mark.parametrize("name", EVENTS)
def test_a_handler_is_wired_when_it_is_called_and_a_missing_setting_stops_it_by_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)

    with pytest.raises(GiveUp, match=r"(AWS_REGION|MAX_VCPU) is not set"):
        getattr(app, name)(EVENTS[name], Context())
