"""One upload, one row: whatever is rejected, tried again, given to another batch or written wrongly in a manifest."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from contracts.photos.manifest import Photo, encode, photo_id
from contracts.photos.results import Result
from infra.samples.files.hostile import good_files
from spark_app.stores.buckets import StoreSettings
from tests.fakes.failing_store import FailingStore, Fault
from tests.integration.spark.lake import Lake


@pytest.fixture
def failing(lake: Lake) -> Iterator[FailingStore]:
    with FailingStore.serving() as store:
        lake.store = StoreSettings("eu-west-3", endpoint=store.endpoint, timeout_seconds=20, attempts=1)
        yield store


def put(failing: FailingStore, number: int, always: Fault | None = None) -> Photo:
    key, data = f"uploads/o1/apple/{number}.jpg", good_files()[number].data
    failing.put(key, data, always=always)
    return Photo(photo_id("photos", key, None), "photos", key, len(data), "2026-11-23T10:00:00Z", owner_id="o1")


def mend(failing: FailingStore) -> None:
    failing.objects = {key: replace(found, always=None) for key, found in failing.objects.items()}


def batches(lake: Lake) -> list[tuple[str, str, str | None]]:
    return sorted((r.photo_id, r.batch_id, r.rejection) for r in lake.spark.table(lake.table).collect())


def test_a_rejection_that_may_pass_has_no_row_until_the_last_try_and_then_one(
    lake: Lake, failing: FailingStore
) -> None:
    passing, lasting = put(failing, 0, Fault.SLOW_DOWN), put(failing, 1, Fault.SLOW_DOWN)

    first = lake.run([passing, lasting], batch="first", results=True)

    assert batches(lake) == []
    assert (first.left_out, first.rejections) == ({"unavailable": 2}, {"unavailable": 2})
    assert {(one.outcome, one.row_written) for one in lake.results("first")} == {("unavailable", False)}
    assert {one.photo_id for one in lake.results("first")} == {passing.photo_id, lasting.photo_id}

    failing.objects[passing.key] = replace(failing.objects[passing.key], always=None)
    second = lake.run([passing, replace(lasting, last_try=True)], batch="second", results=True)

    expected = [(passing.photo_id, "second", None), (lasting.photo_id, "second", "unavailable")]
    assert batches(lake) == sorted(expected, key=lambda row: row[0])
    assert (second.left_out, second.features) == ({}, 1)
    assert all(one.row_written for one in lake.results("second"))


def test_a_photo_with_a_row_in_another_batch_is_left_alone_and_the_ledger_is_told_of_that_row(
    lake: Lake, failing: FailingStore
) -> None:
    photos = [put(failing, number) for number in range(3)]
    failing.put("uploads/o1/apple/2.jpg", b"no photo")
    lake.run([photos[0], photos[2]], batch="20261123T110000-a")
    before = lake.rows()

    report = lake.run(photos, batch="20261123T120000-b", results=True)

    assert (report.elsewhere, report.kept, report.features, report.doubled) == (2, 0, 1, 0)
    assert {failing.requests[photo.key] for photo in photos} == {1}
    rows = lake.rows()  # asserts that no photo has two
    assert {name: rows[name] for name in before} == before
    label = "apple"
    expected = [(photos[0], "features", None), (photos[1], "features", label), (photos[2], "unsupported_format", label)]
    told = {one.photo_id: (one.outcome, one.row_written) for one in lake.results("20261123T120000-b")}
    assert told == {photo.photo_id: (outcome, True) for photo, outcome, _ in expected}
    assert {one.label for one in lake.results("20261123T120000-b")} == {label}

    snapshot = lake.snapshot()
    report = lake.run([photos[0], photos[2]], batch="20261123T130000-c", results=True)

    assert (report.elsewhere, report.chunks, lake.snapshot()) == (2, 0, snapshot)
    assert len(lake.results("20261123T130000-c")) == 2


def test_bad_entries_end_by_name_and_the_photos_beside_them_have_their_rows(lake: Lake, failing: FailingStore) -> None:
    photos = sorted((put(failing, number) for number in range(4)), key=lambda photo: photo.photo_id)
    lines = encode("b", photos).splitlines()
    entry = json.loads(lines[2])
    lines[2] = json.dumps({**entry, "owner_id": "o" * 1025, "size_bytes": -1}).encode()
    lines[3] = b"{"

    report = lake.run_manifest(b"\n".join(lines))

    assert (report.photos, report.features, report.entries_malformed, report.entries_unreadable) == (3, 2, 1, 1)
    assert [flaw[:7] for flaw in report.flaws] == ["line 3:", "line 4:"]
    rows = {row.photo_id: row for row in lake.spark.table(lake.table).collect()}
    assert rows.keys() == {photos[number].photo_id for number in (0, 1, 3)}
    odd = rows[photos[1].photo_id]
    assert (odd.rejection, odd.batch_id, odd.bucket, odd.key) == ("malformed_entry", "b", "photos", photos[1].key)
    assert (odd.owner_id, odd.size_bytes, odd.features) == (None, None, None)
    assert odd.received_at.isoformat() == "2026-11-23T10:00:00"
    assert Result(photos[1].photo_id, "malformed_entry") in lake.results()
    assert failing.requests[photos[1].key] == 0

    snapshot = lake.snapshot()
    assert lake.run_manifest(b"\n".join(lines)).kept == 3
    assert lake.snapshot() == snapshot


def test_a_manifest_of_bad_entries_alone_is_their_rows_and_no_more(lake: Lake) -> None:
    photo = Photo(photo_id("photos", "k", None), "photos", "k", 1, "2026-11-23T10:00:00Z")
    header, line = encode("b", [photo]).splitlines()

    report = lake.run_manifest(header + b"\n" + b"[]")
    assert (report.chunks, report.entries_unreadable, lake.snapshot(), lake.results()) == (0, 1, None, [])

    report = lake.run_manifest(header + b"\n" + line.replace(b'"size_bytes": 1', b'"size_bytes": "1"'))
    assert (report.chunks, report.entries_malformed) == (1, 1)
    assert batches(lake) == [(photo.photo_id, "b", "malformed_entry")]
