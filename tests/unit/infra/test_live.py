"""The live views name every state, every rejection, every run and every standing job."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console, RenderableType

from chalicelib.domain.plans import RunPlan
from chalicelib.domain.records import Batch, LedgerRun, ScheduledJob
from chalicelib.domain.states import BatchState, JobState
from contracts.jobs.names import Kind
from infra.cli.live import picture, run_picture, show_run, shown_batches, summary
from infra.ops.stack_state import RunTimes, StackState

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def printed(what: RenderableType, width: int = 140) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(what)
    return console.export_text()


def drawn(state: StackState) -> str:
    return printed(picture(state))


def test_what_is_in_the_pipeline_is_in_the_picture() -> None:
    run = LedgerRun("00f1", 2, "FAILED", NOW, 60, {"vCPUHour": 0.05})
    batch = Batch("20261124T080000-ab", BatchState.READY, NOW, photos=40, runs=(run,))
    state = StackState(3, 2, {"WAITING": 5, "DONE": 1200, "REJECTED": 2, "REJECTED corrupt": 2}, [batch])

    text = drawn(state)

    for part in ("1,200", "corrupt", "20261124T080000-ab", "READY", "00f1", "FAILED", "0.050", "dead-letter"):
        assert part in text
    assert summary(state) == "queue 3; photos: 5 waiting, 1,200 done, 2 rejected; batches open: 1"


def test_of_many_batches_the_latest_are_shown_and_all_that_somebody_waits_for() -> None:
    ends = {3: BatchState.QUARANTINED, 5: BatchState.RUNNING}
    batches = [Batch(f"batch-{number:03}", ends.get(number, BatchState.DONE), NOW, photos=1) for number in range(100)]

    assert [int(batch.batch_id[-3:]) for batch in shown_batches(batches)] == [3, 5, *range(80, 100)]
    assert shown_batches(batches[:4]) == batches[:4]
    assert "and 78 earlier ones" in drawn(StackState(0, 0, {}, batches))
    assert "earlier" not in drawn(StackState(0, 0, {}, batches[:4]))


def test_an_empty_pipeline_is_a_picture_too() -> None:
    state = StackState(0, 0, {}, [])

    assert "dead-letter" not in drawn(state)
    assert summary(state) == "queue 0; photos: none; batches open: 0"


def test_a_standing_job_shows_what_it_works_on_and_its_latest_run_if_it_has_one() -> None:
    run = LedgerRun("00aa", 2, "SUCCESS", NOW, 30, {"vCPUHour": 0.125})
    refit = ScheduledJob(Kind.REFIT, JobState.DONE, RunPlan("4711", 40), attempt=2, run=run)
    text = drawn(
        StackState(0, 0, {}, [], [refit, ScheduledJob(Kind.MAINTAIN, JobState.STARTING, RunPlan("2026-11-24", 40))])
    )

    for part in ("refit", "DONE", "4711", "00aa", "SUCCESS", "0.125", "maintain", "STARTING", "2026-11-24"):
        assert part in text


def test_in_a_narrow_terminal_no_character_of_an_id_is_lost() -> None:
    run = LedgerRun("00f1e2d3c4b5a697", 1, "SUCCESS", NOW, 60, {"vCPUHour": 0.05})
    batch = Batch("20261124T080000-ab12cd34", BatchState.DONE, NOW, photos=40, runs=(run,))
    refit = ScheduledJob(Kind.REFIT, JobState.DONE, RunPlan("4711471147114711471", 40), attempt=2, run=run)

    text = printed(picture(StackState(0, 0, {}, [batch], [refit])), width=80)

    assert "…" not in text


def test_while_a_standing_job_works_the_state_of_its_run_is_not_claimed() -> None:
    run = LedgerRun("00aa", 1, "SUBMITTED", NOW)
    text = drawn(StackState(0, 0, {}, [], [ScheduledJob(Kind.REFIT, JobState.RUNNING, RunPlan("4711", 40), run=run)]))

    assert "00aa" in text
    assert "SUBMITTED" not in text


@pytest.mark.parametrize(("state", "at_work"), [(state, state in ("STARTING", "RUNNING")) for state in JobState])
def test_a_standing_job_is_at_work_until_its_run_has_ended(state: JobState, at_work: bool) -> None:
    assert (
        bool(StackState(0, 0, {}, [], [ScheduledJob(Kind.REFIT, state, RunPlan("4711", 40))]).jobs_at_work) is at_work
    )


AT_WORK = RunTimes("00bb", Kind.REFIT, "4711", "RUNNING", NOW, NOW, None, None, {})
OVER = RunTimes("00bb", Kind.REFIT, "4711", "SUCCESS", NOW, NOW, NOW, 1234, {"vCPUHour": 0.5})


def test_a_run_shows_its_state_and_when_it_is_over_what_it_took() -> None:
    assert "RUNNING" in printed(run_picture(AT_WORK))
    for part in ("refit", "00bb", "SUCCESS", "1,234", "0.500"):
        assert part in printed(run_picture(OVER))


def test_where_there_is_no_terminal_each_state_is_a_line_once() -> None:
    console = Console(width=140, file=(output := io.StringIO()))
    with show_run(console) as show:
        for run in (AT_WORK, AT_WORK, OVER):
            show(run)

    lines = output.getvalue().splitlines()
    assert [line for line in lines if line.startswith("refit run")] == [
        "refit run 00bb: running",
        "refit run 00bb: success",
    ]
