"""What a message can be, record by record: each has a name, and none raises."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain import batches
from chalicelib.domain.records import LedgerPhoto, Upload
from chalicelib.domain.uploads import MALFORMED, UploadOutcome, read
from spark_app.extract.manifest import decode
from tests.fakes.messages import BUCKET, LOCATION, body, record

BROKEN: dict[str, tuple[str, UploadOutcome]] = {
    "empty": ("", UploadOutcome.NOT_JSON),
    "not JSON": ("<xml/>", UploadOutcome.NOT_JSON),
    "nested without end": ("[" * 100_000, UploadOutcome.NOT_JSON),
    "a list": ("[]", UploadOutcome.NO_RECORDS),
    "no records": ('{"hello": 1}', UploadOutcome.NO_RECORDS),
    "empty records": ('{"Records": []}', UploadOutcome.NO_RECORDS),
    "an event of EventBridge's shape": (
        json.dumps({"detail-type": "Object Created", "detail": {}}),
        UploadOutcome.NO_RECORDS,
    ),
    "the test event of a new notification": (
        json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}),
        UploadOutcome.TEST_EVENT,
    ),
    "another major version": (body(record(eventVersion="3.0")), UploadOutcome.OTHER_VERSION),
    "a removed object": (body(record(eventName="ObjectRemoved:Delete")), UploadOutcome.NOT_CREATED),
    "another bucket": (
        body(record() | {"s3": {"bucket": {"name": "other"}, "object": {"key": "uploads/a"}}}),
        UploadOutcome.FOREIGN_BUCKET,
    ),
    "another prefix": (body(record("results/a.jpg")), UploadOutcome.FOREIGN_PREFIX),
    "a folder's marker": (body(record("uploads/o1/")), UploadOutcome.FOLDER_MARKER),
    "no version": (body(record(version=None)), UploadOutcome.UNVERSIONED),
    "a key of 1,025 bytes": (body(record("uploads/" + "a" * 1017)), UploadOutcome.KEY_TOO_LONG),
    "no object": (body(record() | {"s3": {"bucket": {"name": BUCKET}}}), UploadOutcome.INCOMPLETE),
    "a key that is no text": (body(record(object={"key": 5})), UploadOutcome.INCOMPLETE),
    "a key that is no UTF-8": (body(record(object={"key": "uploads/%ff"})), UploadOutcome.INCOMPLETE),
    "a record that is a number": ('{"Records": [1]}', UploadOutcome.INCOMPLETE),
    "no time": (
        body({name: value for name, value in record().items() if name != "eventTime"}),
        UploadOutcome.INCOMPLETE,
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_whatever_is_no_upload_has_a_name(what: str) -> None:
    text, name = BROKEN[what]

    assert read(text, LOCATION) == [name]


@pytest.mark.parametrize(
    "key",
    ["uploads/o1/a b.jpg", "uploads/o1/a+b.jpg", "uploads/o1/é 🍎.jpg", "uploads/o1/a%20b.jpg", "uploads/o1/../x.jpg"],
)
def test_a_key_is_read_letter_by_letter_as_it_was_before_s3_encoded_it(key: str) -> None:
    (found,) = read(body(record(key)), LOCATION)

    assert isinstance(found, Upload)
    assert found.key == key


def test_red_twin_plain_unquote_reads_a_space_as_a_plus() -> None:
    from urllib.parse import unquote

    assert unquote(record("uploads/o1/a b.jpg")["s3"]["object"]["key"]) != "uploads/o1/a b.jpg"


@pytest.mark.parametrize("changes", [{"size": 0}, {"size": 26_214_401}, {"sequencer": None, "eTag": None}])
def test_empty_and_oversized_objects_are_uploads_too_their_row_says_why_they_have_no_features(
    changes: dict[str, Any],
) -> None:
    assert isinstance(read(body(record(object=changes)), LOCATION)[0], Upload)


def test_an_upload_is_read_whole() -> None:
    (found,) = read(body(record("uploads/o1/banana/a.jpg", "v7")), LOCATION)

    assert isinstance(found, Upload)
    assert (found.owner_id, found.version_id, found.size_bytes) == ("o1", "v7", 5000)
    assert found.uploaded_at.isoformat() == "2026-11-24T07:59:30+00:00"


def test_an_upload_right_below_the_prefix_has_no_owner() -> None:
    (found,) = read(body(record("uploads/a.jpg")), LOCATION)

    assert isinstance(found, Upload)
    assert found.owner_id is None


def test_each_record_of_a_message_is_read_for_itself() -> None:
    found = read(body(record(), record(version=None), record("x"), record(version="v2")), LOCATION)

    assert [one if isinstance(one, UploadOutcome) else one.version_id for one in found] == [
        "v1",
        UploadOutcome.UNVERSIONED,
        UploadOutcome.FOREIGN_PREFIX,
        "v2",
    ]


def test_malformed_is_what_no_one_should_have_sent_and_nothing_else() -> None:
    harmless = {name for text, name in BROKEN.values()} - MALFORMED

    assert harmless == set(UploadOutcome) - MALFORMED - {UploadOutcome.ACCEPTED, UploadOutcome.DUPLICATE}


WORDS = st.one_of(st.text(max_size=300), st.text("ab/é+% ", max_size=1100), st.none(), st.integers(), st.booleans())


@given(key=WORDS, version=WORDS, etag=WORDS, size=st.one_of(st.integers(), st.floats(), WORDS), sequencer=WORDS)
@example(key="uploads/" + "o" * 900 + "/a.jpg", version="v", etag="e", size=1, sequencer="1")
@example(key="uploads/o/a.jpg", version="v", etag="\ud800", size=1, sequencer="1")
@example(key="uploads/o/a.jpg", version="v", etag="e" * 257, size=1, sequencer="1")
@example(key="uploads/o/a.jpg", version="\ud800", etag="e", size=1, sequencer="1")
@example(key="uploads/o/a.jpg", version="v", etag="e", size=10**40, sequencer="1")
@example(key="uploads/o/a.jpg", version="v", etag="e", size=-1, sequencer="1")
def test_whatever_is_accepted_a_manifest_can_name_and_the_job_can_read(
    key: Any, version: Any, etag: Any, size: Any, sequencer: Any
) -> None:
    found = record()
    found["s3"]["object"] = {"key": key, "versionId": version, "eTag": etag, "size": size, "sequencer": sequencer}

    (read_one,) = read(json.dumps({"Records": [found]}), LOCATION)

    if isinstance(read_one, Upload):
        photo = LedgerPhoto(read_one, read_one.uploaded_at)
        assert [one.photo_id for one in decode(batches.manifest("b", [photo])).photos] == [read_one.photo_id]


def test_an_owner_of_a_key_that_s3_takes_is_an_owner() -> None:
    owner = "o" * 1000

    (found,) = read(body(record(f"uploads/{owner}/a.jpg")), LOCATION)

    assert isinstance(found, Upload)
    assert found.owner_id == owner


@pytest.mark.parametrize("version", [None, "", "null"])
def test_no_version_in_any_spelling_is_none(version: str | None) -> None:
    found = record()
    found["s3"]["object"]["versionId"] = version

    assert read(body(found), LOCATION) == [UploadOutcome.UNVERSIONED]
