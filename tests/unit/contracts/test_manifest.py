"""The manifest: what is written is read back, and what breaks the schema is refused by line and field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import GiveUp
from contracts.photos.manifest import Photo, encode, photo_id
from spark_app.extract.manifest import decode


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
    if version == "null" or any(0xD800 <= ord(char) <= 0xDFFF for char in key + version):
        return  # no version, which a test of its own reads; and what no text in UTF-8 holds
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
]


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in BREAKS], ids=[case[0] for case in BREAKS])
def test_a_broken_photo_ends_by_name_with_its_line_and_field_and_the_one_beside_it_goes_on(
    change: dict[str, Any], expected: str
) -> None:
    first, second = decode(encode("b", [photo(1), photo(2)])).photos
    lines = lines_of(encode("b", [photo(1), photo(2)]))
    lines[2].update(change)

    batch = decode(bytes_of(lines))

    assert batch.photos == (first,)
    assert [flaw.startswith(expected) for flaw in batch.flaws()] == [True]
    if "photo_id" in change:
        assert (batch.malformed, [entry.line for entry in batch.unreadable]) == ((), [3])
    else:
        assert batch.unreadable == ()
        (entry,) = batch.malformed
        assert entry.photo_id == second.photo_id
        (broken,) = change
        sound = {name: value for name, value in lines[2].items() if name != broken}
        assert entry.fields == sound


def test_a_field_of_a_later_release_says_nothing_against_a_photo() -> None:
    lines = lines_of(encode("b", [photo(1)]))
    lines[1]["colour"] = "red"

    assert decode(bytes_of(lines)) == decode(encode("b", [photo(1)]))


UNREADABLE: list[tuple[str, bytes, str]] = [
    ("not JSON", b"hello", "not JSON"),
    ("not UTF-8", b'{"photo_id": "\xff"}', "not JSON"),
    ("empty", b"", "not JSON"),
    ("a list", b"[]", "the whole line"),
    ("no photo id", b'{"bucket": "b"}', "field photo_id: is not there"),
]


@pytest.mark.parametrize(("line", "expected"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE])
def test_a_line_that_names_no_photo_is_counted_and_the_others_go_on(line: bytes, expected: str) -> None:
    lines = encode("b", [photo(1), photo(2), photo(3)]).splitlines()
    rest = decode(b"\n".join(lines)).photos

    batch = decode(b"\n".join([*lines[:2], line, lines[3]]))

    assert batch.photos == (rest[0], rest[2])
    assert (batch.malformed, [entry.line for entry in batch.unreadable]) == ((), [3])
    assert expected in batch.unreadable[0].reason


def test_a_photo_id_that_is_another_photos_does_not_take_its_place() -> None:
    lines = lines_of(encode("b", [photo(1), photo(2)]))
    other = decode(bytes_of(lines)).photos[1]
    lines[1]["photo_id"] = other.photo_id

    batch = decode(bytes_of(lines))

    assert batch.photos == (other,)
    assert batch.flaws() == ["line 2: field photo_id: not the name of this bucket, key and version"]


def test_a_malformed_entry_that_claims_another_photo_does_not_take_its_place() -> None:
    lines = lines_of(encode("b", [photo(1), photo(2)]))
    other = decode(bytes_of(lines)).photos[1]
    lines[1].update({"photo_id": other.photo_id, "size_bytes": -1})

    batch = decode(bytes_of(lines))

    assert (batch.photos, batch.malformed) == ((other,), ())
    assert batch.flaws() == ["line 2: field photo_id: the same photo as line 3"]


def test_the_version_null_is_no_version_whichever_way_the_photo_was_named() -> None:
    named = [photo(n, version_id="null") for n in (1, 2)]
    named[1] = photo(2, version_id="null", photo_id=photo_id("photos", named[1].key, "null"))

    assert {one.version_id for one in decode(encode("b", named)).photos} == {None}
    assert {one.photo_id for one in decode(encode("b", named)).photos} == {one.photo_id for one in named}


@pytest.mark.parametrize("value", [2**63, 1e30, "\ud800"])
def test_what_no_column_can_hold_is_malformed(value: Any) -> None:
    lines = lines_of(encode("b", [photo(1)]))
    lines[1]["etag" if isinstance(value, str) else "size_bytes"] = value

    assert len(decode(bytes_of(lines)).malformed) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda v: st.lists(v, max_size=3), max_leaves=5
)
ENTRY = st.dictionaries(st.sampled_from([*Photo.__dataclass_fields__, "colour"]), JSON)


@given(st.integers(1, 5), st.data())
def test_whatever_becomes_of_one_line_the_others_are_taken_as_before(number: int, data: st.DataObject) -> None:
    written = [photo(n) for n in range(5)]
    lines = encode("b", written).splitlines()
    whole = decode(b"\n".join(lines)).photos
    lines[number] = data.draw(mutants(lines[number], [one.photo_id for one in whole]))

    batch = decode(b"\n".join(lines) + b"\n")

    others = [one for n, one in enumerate(whole, start=1) if n != number]
    assert [one for one in batch.photos if one in others] == others
    assert len(batch.photos) + len(batch.malformed) + len(batch.unreadable) == 5
    assert len(set(batch.photo_ids())) == len(batch.photo_ids())


def mutants(line: bytes, ids: list[str]) -> st.SearchStrategy[bytes]:
    """Other bytes, other JSON, the entry with other values, another's name, and the entry with some bytes changed."""
    entry = json.loads(line)
    changed = ENTRY.map(lambda new: {**entry, **new})
    claimed = st.sampled_from(ids).flatmap(lambda other: changed.map(lambda new: {**new, "photo_id": other}))
    spliced = st.tuples(st.integers(0, len(line)), st.binary(max_size=4)).map(
        lambda cut: line[: cut[0]] + cut[1] + line[cut[0] + len(cut[1]) :]
    )
    written = (JSON | ENTRY | changed | claimed).map(lambda value: json.dumps(value).encode())
    return (st.binary() | written | spliced).filter(
        lambda new: len(new.splitlines()) <= 1 and new.strip(b"\r\n") == new
    )


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


def test_one_photo_named_twice_is_taken_once_and_counted() -> None:
    lines = lines_of(encode("b", [photo(1), photo(2)]))

    batch = decode(bytes_of([lines[0], lines[1], lines[1]]))

    assert [one.photo_id for one in batch.photos] == [lines[1]["photo_id"]]
    assert batch.flaws() == ["line 3: field photo_id: the same photo as line 2"]


def test_no_message_quotes_a_key() -> None:
    lines = lines_of(encode("b", [photo(1)]))
    lines[1]["key"] = "uploads/jane.doe@example.org/" + "x" * 1100

    assert "jane" not in str(decode(bytes_of(lines)).flaws())
