"""What a ledger of scheduled jobs promises, whichever it is: the fake and the DynamoDB adapter pass the same tests."""

import threading
from dataclasses import replace
from uuid import uuid4

import pytest

from chalicelib.domain.plans import RunPlan
from chalicelib.domain.records import LedgerRun, ScheduledJob
from chalicelib.domain.states import JobState
from chalicelib.services.ports import JobLedger
from contracts.jobs.names import Kind
from infra.local.cloud import LocalCloud
from tests.contract.ledgers import dynamo_job_ledger
from tests.fakes.functions import START, FakeJobLedger

FIRST = ScheduledJob(Kind.REFIT, JobState.STARTING, RunPlan("8000000000000000001", 6_382, ("--full", "--k", "50")))
RUNNING = FIRST.moved(JobState.RUNNING, run=LedgerRun("r1", 1, "SUBMITTED", START))
BILLED = {"vCPUHour": 0.05, "memoryGBHour": 0.133}
FAILED = RUNNING.moved(JobState.FAILED, failures=1, run=LedgerRun("r1", 1, "FAILED", START, 63, BILLED, "exit code 75"))
AGAIN = FAILED.again(RunPlan("8000000000000000001", 6_382))


@pytest.fixture(params=["fake", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> JobLedger:
    if request.param == "fake":
        return FakeJobLedger()
    cloud: LocalCloud = request.getfixturevalue("local_cloud")
    return dynamo_job_ledger(cloud, f"ledger-{uuid4().hex}")


def test_a_job_reads_back_as_it_was_kept(ledger: JobLedger) -> None:
    assert ledger.job(Kind.REFIT) is None
    for job in (FIRST, RUNNING, FAILED, AGAIN):
        assert ledger.keep(job)
        assert ledger.job(Kind.REFIT) == job


def test_each_kind_has_a_record_of_its_own(ledger: JobLedger) -> None:
    other = replace(FIRST, kind=Kind.MAINTAIN, plan=RunPlan("2026-11-24", 0))

    assert ledger.keep(FIRST)
    assert ledger.keep(other)
    assert (ledger.job(Kind.REFIT), ledger.job(Kind.MAINTAIN)) == (FIRST, other)


def test_of_two_who_change_a_job_the_second_is_refused(ledger: JobLedger) -> None:
    assert ledger.keep(FIRST)
    assert not ledger.keep(FIRST)
    assert ledger.keep(RUNNING)
    assert not ledger.keep(FIRST.moved(JobState.FAILED))
    assert not ledger.keep(AGAIN)

    assert ledger.job(Kind.REFIT) == RUNNING


@pytest.mark.parametrize("known", [False, True], ids=["the first record", "a later one"])
def test_of_eight_firings_at_once_one_takes_the_next_revision(ledger: JobLedger, known: bool) -> None:
    for earlier in (FIRST, RUNNING, FAILED) if known else ():
        ledger.keep(earlier)
    job = AGAIN if known else FIRST
    barrier = threading.Barrier(8, timeout=120)
    kept: list[bool] = []

    def keep() -> None:
        barrier.wait()
        kept.append(ledger.keep(job))

    threads = [threading.Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(kept) == [False] * 7 + [True]
