"""Dead letters are judged as `collect` judges messages, and shown without anything personal."""

import json
from typing import Any

import pytest

from infra.ops.dead_letters import READABLE, Shape, dead_letter, shape
from tests.fakes.messages import LOCATION, body, record


def message(text: str) -> dict[str, Any]:
    return {
        "Body": text,
        "ReceiptHandle": "handle",
        "Attributes": {"SentTimestamp": "1795507200000", "ApproximateReceiveCount": "6"},
    }


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (body(record("uploads/o1/banana/secret-name.jpg")), READABLE),
        (body(record("elsewhere/secret-name.jpg")), READABLE),
        ("secret-name", "not_json"),
        (body(record("uploads/secret-name.jpg", version=None)), "unversioned_object"),
        (body(record("uploads/secret-name.jpg"), {"secret-name": 1}), "incomplete_record"),
    ],
)
def test_a_dead_letter_says_why_nobody_could_read_it_and_nothing_of_what_it_holds(text: str, outcome: str) -> None:
    letter = dead_letter(message(text), LOCATION)

    shown = json.dumps(letter.document()) + repr(letter)
    assert letter.document()["outcome"] == outcome
    assert letter.document()["receives"] == 6
    for personal in ("secret-name", "203.0.113.7", "uploads/"):
        assert personal not in shown


@pytest.mark.parametrize(
    ("text", "records", "members"),
    [
        (body(record("uploads/a.jpg"), record("uploads/b.jpg")), 2, ("Records",)),
        ('{"Type": "Notification", "MessageId": "m", "Message": "{}"}', 0, ("Type", "MessageId", "Message")),
        ('{"Records": []}', 0, ("Records",)),
        ('{"Records": 1, "uploads/o1/a.jpg": 1, "203.0.113.7": 2}', 0, ("Records", "?", "?")),
        ("no JSON", 0, ()),
        ("[1]", 0, ()),
    ],
)
def test_a_message_s_shape_is_its_records_its_bytes_and_the_plain_words_among_its_members(
    text: str, records: int, members: tuple[str, ...]
) -> None:
    assert shape(text) == Shape(records, len(text), members)


def test_of_a_message_with_many_members_some_are_named() -> None:
    assert len(shape(json.dumps(dict.fromkeys(map("m{}".format, range(1000))))).members) == 20
