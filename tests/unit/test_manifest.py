"""The manifest: what is written is read back, and what breaks the schema is refused by line and field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.contracts.manifest import Photo, encode, photo_id
from spark_app.errors import GiveUp
from spark_app.manifest import decode


def photo(number: int = 0, **changes: Any) -> Photo:
    key = f"uploads/o1/Banana/{number}.jpg"
    given = {"photo_id": photo_id("photos", key, None), "bucket": "photos", "key": key, "size_bytes": 5000}
    return Photo(**{**given, "received_at": "2026-11-23T10:00:00Z", **changes})


def lines_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def bytes_of(lines: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30, unique=True), st.randoms())
def test_equal_batches_are_equal_bytes_whatever_the_order_and_read_back_whole(numbers: list[int], random: Any) -> None:
    photos = [photo(number) for number in numbers]
    shuffled = random.sample(photos, len(photos))

    data = encode("b-1", shuffled)

    assert data == encode("b-1", photos)
    assert set(decode(data).photos) == set(photos)
    assert decode(data).batch_id == "b-1"


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=30))
def test_any_key_and_version_survive_the_round_trip(key: str, version: str) -> None:
    if any(0xD800 <= ord(char) <= 0xDFFF for char in key + version):
        return
    written = photo(key=key, version_id=version, photo_id=photo_id("photos", key, version))

    assert decode(encode("b", [written])).photos == (written,)


def test_two_versions_of_one_key_are_two_photos_and_a_repeated_event_is_one() -> None:
    assert photo_id("b", "k", "v1") != photo_id("b", "k", "v2")
    assert photo_id("b", "k", None) != photo_id("bk", "", None)
    assert photo_id("b", "k", "v1") == photo_id("b", "k", "v1")


BREAKS: list[tuple[str, dict[str, Any], str]] = [
    ("no size", {"size_bytes": None}, "line 3: field size_bytes"),
    ("negative size", {"size_bytes": -1}, "line 3: field size_bytes"),
    ("size as text", {"size_bytes": "12"}, "line 3: field size_bytes"),
    ("empty key", {"key": ""}, "line 3: field key"),
    ("key over S3's limit", {"key": "x" * 1025}, "line 3: field key"),
    ("odd photo id", {"photo_id": "../x"}, "line 3: field photo_id"),
    ("local time", {"received_at": "2026-11-23 10:00"}, "line 3: field received_at"),
    ("a field nobody knows", {"colour": "red"}, "line 3: field the whole line"),
]


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in BREAKS], ids=[case[0] for case in BREAKS])
def test_a_broken_photo_is_refused_with_its_line_and_field(change: dict[str, Any], expected: str) -> None:
    lines = lines_of(encode("b", [photo(1), photo(2)]))
    lines[2].update(change)

    with pytest.raises(GiveUp, match=expected):
        decode(bytes_of(lines))


HEADERS: list[tuple[str, bytes, str]] = [
    ("empty file", b"", "the file is empty"),
    ("not JSON", b"hello\n", "line 1: not JSON"),
    ("not UTF-8", b'{"a": "\xff\xfe"}\n', "line 1: not JSON"),
    ("another version", b'{"manifest_version": 2, "batch_id": "b", "photos": 1}', "line 1: field manifest_version"),
    ("a batch id with a slash", b'{"manifest_version": 1, "batch_id": "a/b", "photos": 1}', "line 1: field batch_id"),
    ("fewer photos than said", b'{"manifest_version": 1, "batch_id": "b", "photos": 1}', "says 1, the file holds 0"),
]


@pytest.mark.parametrize(("data", "expected"), [case[1:] for case in HEADERS], ids=[case[0] for case in HEADERS])
def test_a_broken_header_is_refused_with_its_reason(data: bytes, expected: str) -> None:
    with pytest.raises(GiveUp, match=expected):
        decode(data)


def test_one_photo_named_twice_is_refused() -> None:
    lines = lines_of(encode("b", [photo(1), photo(2)]))

    with pytest.raises(GiveUp, match="line 3, field photo_id: the same photo as line 2"):
        decode(bytes_of([lines[0], lines[1], lines[1]]))


def test_no_message_quotes_a_key() -> None:
    lines = lines_of(encode("b", [photo(1)]))
    lines[1]["key"] = "uploads/jane.doe@example.org/" + "x" * 1100

    with pytest.raises(GiveUp) as refused:
        decode(bytes_of(lines))

    assert "jane" not in str(refused.value)
