"""Read all that is known of one run: from the service, its closing report, its batch, and its log where it failed."""

from chalicelib.domain.records import Batch
from chalicelib.services.ports import ENDED
from contracts.errors import GiveUp
from contracts.jobs.names import Kind
from infra.ops.pipeline import Pipeline
from infra.ops.run_words import RunStory, tail_of


def story_of(pipeline: Pipeline, run_id: str) -> RunStory:
    """Return one run's story. Raises GiveUp where the service knows of no such run."""
    run = pipeline.run(run_id)
    if run.state not in ENDED:
        return RunStory(run, {}, _batch(pipeline, run.subject) if run.kind is Kind.EXTRACT else None)
    report = pipeline.report(run_id)
    tail = () if run.state == "SUCCESS" else tail_of(pipeline.log(run_id, "stderr"))
    return RunStory(run, report, _batch(pipeline, run.subject) if run.kind is Kind.EXTRACT else None, tail)


def _batch(pipeline: Pipeline, batch_id: str) -> Batch | None:
    try:
        return pipeline.batch(batch_id)
    except GiveUp:
        return None
