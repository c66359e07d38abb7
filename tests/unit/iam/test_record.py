"""Decisions are counted by role, action and what allows them; a report says what no call used or needed."""

import threading
from typing import Any

import pytest

from infra.local.iam.rules.record import Record, denial, role_of
from infra.local.rights import Statement, summarize

READ, WRITE = (
    Statement("Job", "Read", ("s3:GetObject", "s3:GetObjectVersion")),
    Statement("Job", "Write", ("s3:PutObject",)),
)
BOTH = Statement("Job", "Both", ("s3:GetObject",))


def test_like_decisions_are_counted_together_and_hold_no_resource() -> None:
    record = Record()
    threads = [threading.Thread(target=record.add, args=("job", "s3:GetObject", ["Read"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record.add("job", "s3:PutObject", ())

    assert record.to_list() == [
        {"role": "job", "action": "s3:GetObject", "allowed_by": ["Read"], "calls": 8},
        {"role": "job", "action": "s3:PutObject", "allowed_by": [], "calls": 1},
    ]


def decided(action: str, *allowed_by: str, calls: int = 1) -> dict[str, Any]:
    return {"role": "Job", "action": action, "allowed_by": sorted(allowed_by), "calls": calls}


def test_a_statement_that_no_call_used_is_named_and_so_is_an_action() -> None:
    report = summarize([decided("s3:GetObject", "Read", calls=3)], [READ, WRITE])

    assert report.unused == [WRITE]
    assert [(use.calls, use.alone, use.unused_actions) for use in report.uses] == [
        (3, 3, ("s3:GetObjectVersion",)),
        (0, 0, ("s3:PutObject",)),
    ]


def test_a_statement_without_which_every_call_is_allowed_all_the_same_is_dispensable() -> None:
    report = summarize([decided("s3:GetObject", "Read", "Both"), decided("s3:GetObject", "Read")], [READ, BOTH])

    assert report.unused == []
    assert report.dispensable == [BOTH]


def test_a_refused_call_is_named_and_uses_nothing() -> None:
    report = summarize([decided("s3:PutObject", calls=2)], [WRITE])

    assert report.refused == {("Job", "s3:PutObject"): 2}
    assert report.unused == [WRITE]


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::123456789012:assumed-role/job/00r1", "job"),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:iam::123456789012:user/anna", None),
    ],
)
def test_only_sessions_of_a_role_are_anybodys_decisions(arn: str, role: str | None) -> None:
    assert role_of(arn) == role


def test_a_refusal_is_in_the_words_of_aws() -> None:
    said = denial("s3:GetObject", "arn:aws:sts::1:assumed-role/job/r", "arn:aws:s3:::lake/x", explicit=False)

    assert said == (
        "User: arn:aws:sts::1:assumed-role/job/r is not authorized to perform: s3:GetObject on resource: "
        "arn:aws:s3:::lake/x because no identity-based policy allows the s3:GetObject action"
    )
    assert "with an explicit deny" in denial("s3:GetObject", "p", "r", explicit=True)
