"""The story of a stack whose alarms all fire and all clear: each by its cause, and by what its runbook does."""

from contracts.jobs.names import Kind
from infra.ops import scheduled_jobs
from tests.e2e.alarm_stack import ALL, BROKEN, NAMES, WITHIN, Story, Told


def tell(story: Story) -> Told:
    """Make each cause happen, then mend it; several at once, because an hour takes nine seconds, and a run longer."""
    with story.minutes():
        story.clears("submit-not-running")
        story.told.cleared.clear()
        _lose_uploads(story)
        _break_the_month_and_the_queue(story)
        _break_a_run(story)
        story.fires(ALL)
        _mend(story)
        _stop_submit(story)
        story.fires("rejections-share")
        _forget_the_refit(story)
        story.clears(*NAMES, ALL)
    return story.told


def _lose_uploads(story: Story) -> None:
    """Let nobody take messages from the queue for two hours in which photos are uploaded."""
    with story.uploading(), story.collect_switched_off():
        story.fires("no-rows")


def _break_the_month_and_the_queue(story: Story) -> None:
    story.spend(8.5)
    story.poison()
    story.fires("oldest-waiting", "month-cost", "dead-letters")


def _break_a_run(story: Story) -> None:
    with story.artifact_gone():
        story.submit_now()
        story.fires("run-too-long", "run-failed", "quarantined-batch")


def _mend(story: Story) -> None:
    """Do what the runbooks say; among the photos that have waited meanwhile many are broken."""
    story.turn_month()
    story.sqs.purge_queue(QueueUrl=story.pipeline.stack.dead_letter_queue)
    bucket, before = story.pipeline.stack.photos_bucket, story.pipeline.state().registered
    for number in range(BROKEN):
        story.pipeline.s3.put_object(Bucket=bucket, Key=f"uploads/alarms/broken/{number}.jpg", Body=b"no photo")
    story.settled(lambda: _came(story, before + BROKEN), "broken photos in the ledger")
    story.submit_now()
    story.pipeline.redrive()


def _came(story: Story, photos: int) -> bool:
    state = story.pipeline.state()
    return state.registered >= photos and not state.queued


def _stop_submit(story: Story) -> None:
    story.schedule("DISABLED")
    story.fires("submit-not-running")
    story.schedule("ENABLED")


def _forget_the_refit(story: Story) -> None:
    story.pipeline.wait(BROKEN, lambda _: None, within=WITHIN)
    story.age_rows(days=5)
    story.look()
    story.fires("refit-overdue")
    result = scheduled_jobs.trigger(story.pipeline, Kind.REFIT, {})
    scheduled_jobs.wait(story.pipeline, result, lambda _: None, within=WITHIN)
    story.settled(lambda: _looked_on(story), "an hour after the refit")


def _looked_on(story: Story) -> bool:
    story.look()
    return bool(story.state("refit-overdue")["StateValue"] == "OK")
