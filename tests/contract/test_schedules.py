"""The template's schedules are such as the local cloud's Scheduler fires. It takes every hour for one of UTC."""

import json
import subprocess

import pytest

from infra.deployment.template import template
from infra.local.cloud import PYTHON

READ = """
import json, sys
from datetime import datetime, timezone
from ministack.services import eventbridge

found = {}
for expression in json.loads(sys.argv[1]):
    seconds = eventbridge._parse_rate_seconds(expression)
    fields = eventbridge._parse_cron_fields(expression)
    begin = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)  # a Tuesday
    found[expression] = seconds or (fields and eventbridge._cron_next_fire(fields, begin).isoformat())
print(json.dumps(found))
"""


def as_the_local_cloud_reads(expressions: list[str]) -> dict[str, object]:
    command = [str(PYTHON), "-c", READ, json.dumps(expressions)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_the_schedules_of_the_template_fire_at_their_hour() -> None:
    names = ("RefitSchedule", "MaintainSchedule")
    nightly, weekly = (template()["Parameters"][name]["Default"] for name in names)

    assert as_the_local_cloud_reads([nightly, weekly, "rate(1 minute)"]) == {
        nightly: "2026-11-25T03:30:00+00:00",
        weekly: "2026-11-29T04:30:00+00:00",
        "rate(1 minute)": 60,
    }


@pytest.mark.parametrize("expression", ["cron(30 3 * * *)", "cron(30 3 * * SUN *)"])
def test_red_twin_a_schedule_that_it_cannot_read_never_fires(expression: str) -> None:
    assert as_the_local_cloud_reads([expression]) == {expression: None}
