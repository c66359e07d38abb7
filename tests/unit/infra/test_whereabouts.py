"""`fruits photo` says of each photo where it is, in words that name what to do."""

from dataclasses import replace

import pytest

from chalicelib.domain.records import Batch, LedgerRun
from chalicelib.domain.states import BatchState, PhotoState
from contracts.photos.rejections import Rejection
from infra.deployment.template import template
from infra.ops.whereabouts.places import Place, Traces
from infra.ops.whereabouts.search import PREFIX
from infra.ops.whereabouts.sentences import document, next_step, sentence
from tests.fakes.functions import START
from tests.fakes.messages import BUCKET
from tests.fakes.traces import entry, row, version

PHOTO = version("a")


def traces(**known: object) -> Traces:
    found = Traces(PHOTO.photo_id, BUCKET, PHOTO.key, PHOTO.version_id, version=PHOTO)
    return replace(found, **known)  # type: ignore[arg-type]


def batch(state: BatchState, reason: str = "") -> Batch:
    return Batch("batch-1", state, START, runs=(LedgerRun("run-1", 1, "FAILED", START),), reason=reason)


@pytest.mark.parametrize(
    ("known", "place"),
    [
        ({}, Place.UNREGISTERED),
        ({"version": replace(PHOTO, version_id="null")}, Place.UNVERSIONED),
        ({"entry": entry(PHOTO, PhotoState.WAITING, None)}, Place.WAITING),
        ({"entry": entry(PHOTO, PhotoState.CLAIMED)}, Place.IN_BATCH),
        ({"entry": entry(PHOTO, PhotoState.QUARANTINED)}, Place.QUARANTINED),
        ({"entry": entry(PHOTO)}, Place.ROW_MISSING),
        ({"entry": entry(PHOTO), "rows": (row(PHOTO),)}, Place.FEATURES),
        ({"rows": (row(PHOTO, "corrupt"),)}, Place.REJECTED),
        ({"entry": entry(PHOTO, PhotoState.CLAIMED), "rows": (row(PHOTO),)}, Place.FEATURES),
    ],
)
def test_each_state_of_a_photo_is_one_place_and_has_a_sentence(known: dict[str, object], place: Place) -> None:
    found = traces(**known)

    assert found.place is place
    assert len(sentence(found, 0, 0)) > 20
    assert document(found, 0, 0)["place"] == place.value


@pytest.mark.parametrize("code", list(Rejection))
def test_a_rejection_is_told_by_its_code_and_in_words(code: Rejection) -> None:
    said = sentence(traces(rows=(row(PHOTO, code.value),)), 0, 0)

    assert code.value in said
    assert code.meaning in said
    assert ("uploading it again may help" in said) == code.retryable


def test_what_was_never_registered_may_be_in_the_queue_or_a_dead_letter_or_lost() -> None:
    said = sentence(traces(), 12, 3)

    for part in ("12 messages", "3 messages", "fruits reconcile --mend"):
        assert part in said


def test_a_photo_in_quarantine_says_why_and_what_lets_it_go() -> None:
    found = traces(entry=entry(PHOTO, PhotoState.QUARANTINED), batch=batch(BatchState.QUARANTINED, "gave_up"))

    said = sentence(found, 0, 0)
    assert "gave_up" in said
    assert "fruits redrive --batch batch-1" in said
    assert next_step(found) == "fruits batch batch-1"


def test_a_photo_at_work_names_its_batch_and_its_run() -> None:
    found = traces(entry=entry(PHOTO, PhotoState.CLAIMED), batch=batch(BatchState.RUNNING))

    assert "batch-1" in sentence(found, 0, 0)
    assert document(found, 0, 0)["run_id"] == "run-1"


def test_two_rows_an_object_that_is_gone_and_a_ledger_that_forgot_are_told_beside_it() -> None:
    said = sentence(traces(rows=(row(PHOTO), row(PHOTO, batch="batch-2")), version=None), 0, 0)

    for part in ("2 rows", "fruits repair --plan", "no longer in the bucket", "forgotten"):
        assert part in said


def test_uploads_lie_where_the_template_says() -> None:
    assert template()["Globals"]["Function"]["Environment"]["Variables"]["PHOTOS_PREFIX"] == PREFIX


def test_size_and_etag_are_those_of_the_bucket_and_of_a_photo_that_is_gone_those_of_its_event() -> None:
    known, seen = entry(PHOTO), replace(PHOTO, size_bytes=4711, etag="f")
    there = document(traces(version=seen, entry=known, content_type="image/jpeg"), 0, 0)
    gone = document(traces(version=None, entry=known), 0, 0)

    assert (there["size_bytes"], there["etag"], there["content_type"]) == (4711, "f", "image/jpeg")
    assert (gone["size_bytes"], gone["etag"], gone["content_type"]) == (5000, "e", None)
    assert document(traces(version=None, rows=(row(PHOTO),)), 0, 0)["size_bytes"] is None
