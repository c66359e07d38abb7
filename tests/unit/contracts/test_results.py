"""The results of a batch as bytes: canonical, with suggestions or without, and old ones stay readable."""

import random

import pytest

from contracts.photos.results import FEATURES, Result, Suggestion, decode, encode

SUGGESTED = Result(
    "p2",
    FEATURES,
    "Kiwi 1",
    (Suggestion("Kiwi 1", 0.912345), Suggestion("Pear, sliced", 0.5), Suggestion("Épine", -0.25)),
    True,
    "00000012-0a1b2c3d",
)
UNKNOWN = Result("p1", FEATURES, None, (Suggestion("Kiwi 1", 0.1),), False, "00000012-0a1b2c3d")
PLAIN = Result("p3", FEATURES, "Pear")
REJECTED = Result("p4", "corrupt")


def test_what_was_written_is_read_back() -> None:
    assert list(decode(encode([SUGGESTED, UNKNOWN, PLAIN, REJECTED]))) == [UNKNOWN, SUGGESTED, PLAIN, REJECTED]


def test_results_without_suggestions_are_the_bytes_that_they_were_before_there_were_any() -> None:
    before = b'{"photo_id": "p3", "outcome": "features", "label": "Pear"}\n{"photo_id": "p4", "outcome": "corrupt"}\n'

    assert encode([REJECTED, PLAIN]) == before
    assert list(decode(before)) == [PLAIN, REJECTED]


def test_an_unknown_is_written_as_such_and_not_left_out() -> None:
    assert encode([UNKNOWN]) == (
        b'{"photo_id": "p1", "outcome": "features", "suggestions": [{"label": "Kiwi 1", "similarity": 0.1}], '
        b'"known": false, "model_version": "00000012-0a1b2c3d"}\n'
    )


def test_the_order_of_the_results_does_not_show_in_the_bytes_but_that_of_the_suggestions_does() -> None:
    results = [SUGGESTED, UNKNOWN, PLAIN, REJECTED]
    for seed in range(10):
        assert encode(random.Random(seed).sample(results, 4)) == encode(results)
    turned = Result("p2", FEATURES, "Kiwi 1", SUGGESTED.suggestions[::-1], True, SUGGESTED.model_version)
    assert encode([turned]) != encode([SUGGESTED])


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"3",
        b"not json",
        b'{"photo_id": "p", "outcome": "no such code"}',
        b'{"photo_id": "p", "outcome": "features", "what": 1}',
        b'{"photo_id": "p", "outcome": "features", "suggestions": 3}',
        b'{"photo_id": "p", "outcome": "features", "suggestions": ["Kiwi 1"]}',
        b'{"photo_id": "p", "outcome": "features", "suggestions": [{"label": "Kiwi 1"}]}',
        b'{"photo_id": "p", "outcome": "features", "suggestions": [{"label": "a", "similarity": 1, "more": 2}]}',
    ],
)
def test_anything_else_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(decode(encode([PLAIN]) + line + b"\n"))


def test_a_similarity_that_is_no_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode([Result("p", FEATURES, None, (Suggestion("Kiwi 1", float("nan")),))])
