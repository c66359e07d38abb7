"""From an upload to its row, through the deployed stack: real events, real functions, real Spark, a real table."""

from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from chalicelib.domain.states import BatchState
from contracts.jobs.names import Kind
from infra.local.cloud import LocalCloud
from infra.ops.pipeline import Pipeline
from tests.contract.emr import eventually
from tests.e2e.story import few, ids, new_batches, rows, settled, uploaded

pytestmark = pytest.mark.slow


def test_every_upload_becomes_one_row_and_a_later_upload_adds_its_own_batch_and_only_that(
    deployed: LocalCloud, pipeline: Pipeline, photos: Path, tmp_path: Path
) -> None:
    before = pipeline.state()  # the stack is shared: another test may have uploaded first
    first = uploaded(pipeline, photos)

    state = settled(pipeline, before.registered + len(first))

    held = rows(deployed, pipeline)
    assert {photo: held[photo] for photo in ids(first)} == ids(first)
    assert sum(held.values()) == before.registered + len(first)
    rejected = "REJECTED unsupported_format"
    assert state.photos[rejected] > before.photos.get(rejected, 0)
    batches = new_batches(before, state)
    assert 2 <= len(batches) < len(first)
    assert all(
        run.state == "SUCCESS" and run.billed and run.billed["vCPUHour"] > 0 for batch in batches for run in batch.runs
    )
    assert (state.queued, state.dead) == (0, 0)

    later = tmp_path / "later" / "kiwi"
    later.mkdir(parents=True)
    source = next(path for path in photos.rglob("*.jpg") if path.stat().st_size > 1000)
    (later / "one.jpg").write_bytes(source.read_bytes())
    second = uploaded(pipeline, tmp_path / "later")
    after = settled(pipeline, state.registered + 1)

    assert [batch.photos for batch in new_batches(state, after)] == [1]
    assert rows(deployed, pipeline) == held + ids(second)
    assert all(batch.state in (BatchState.DONE, BatchState.ABANDONED) for batch in after.batches)


def jvms_of(run_id: str) -> list[psutil.Process]:
    """The JVMs that run a job, not the one before them that only writes their command line and ends.

    They work in a folder that is named after the run.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = process.cmdline()
            mine = run_id in process.cwd() or any(run_id in part for part in command)
            if mine and "java" in process.name() and "org.apache.spark.launcher.Main" not in command:
                found.append(process)
    return found


def test_a_job_killed_while_it_works_ends_in_a_second_attempt_and_one_copy(
    deployed: LocalCloud, pipeline: Pipeline, photos: Path, tmp_path: Path
) -> None:
    before = pipeline.state()
    copies = uploaded(pipeline, few(photos, tmp_path / "few"))
    everything = before.registered + len(copies)
    eventually(lambda: pipeline.state().registered == everything, "all photos in the ledger")
    pipeline.submit()
    victim = eventually(
        lambda: [run for run in pipeline.runs(Kind.EXTRACT) if run.state == "RUNNING"], "a run at work"
    )[0]

    killed = eventually(lambda: jvms_of(victim.run_id), "its JVM")
    for process in killed:
        process.kill()
    state = pipeline.wait(everything, lambda _: pipeline.submit(), within=400)

    (batch,) = (batch for batch in state.batches if victim.run_id in {run.run_id for run in batch.runs})
    assert [(run.attempt, run.state) for run in batch.runs] == [(1, "FAILED"), (2, "SUCCESS")]
    assert sum(rows(deployed, pipeline).values()) == everything
    assert set(rows(deployed, pipeline).values()) == {1}
