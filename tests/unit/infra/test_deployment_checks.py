"""What is looked at before a deployment stops only what would fail, and says what to do."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.deployment.checks import (
    artifact_check,
    environment_check,
    parameter_checks,
    service_role_check,
    tools_check,
    vcpu_check,
)
from infra.deployment.smoke import versioning_wait
from infra.deployment.stack_status import Standing, standing
from infra.deployment.template import template
from infra.ops.doctor.findings import Level

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "may"),
    [
        (None, Standing.ABSENT),
        ("DELETE_COMPLETE", Standing.ABSENT),
        ("CREATE_COMPLETE", Standing.DEPLOYED),
        ("UPDATE_COMPLETE", Standing.DEPLOYED),
        ("UPDATE_ROLLBACK_COMPLETE", Standing.DEPLOYED),
        ("IMPORT_COMPLETE", Standing.DEPLOYED),
        ("REVIEW_IN_PROGRESS", Standing.NEVER_MADE),
        ("ROLLBACK_COMPLETE", Standing.NEVER_MADE),
        ("ROLLBACK_FAILED", Standing.NEVER_MADE),
        ("UPDATE_IN_PROGRESS", Standing.BUSY),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Standing.BUSY),
        ("DELETE_IN_PROGRESS", Standing.BUSY),
        ("DELETE_FAILED", Standing.STUCK),
        ("UPDATE_ROLLBACK_FAILED", Standing.STUCK),
    ],
)
def test_each_status_of_a_stack_says_what_may_be_done(status: str | None, may: Standing) -> None:
    assert standing(status) is may


@pytest.mark.parametrize(
    ("quota", "wanted", "level"),
    [
        (16, {"fruits-dev": 16}, Level.OK),
        (16, {"fruits-dev": 16, "fruits-prod": 16}, Level.WARN),
        (8, {"fruits-dev": 16}, Level.WARN),
        (4000, {"fruits-dev": 16, "fruits-prod": 200}, Level.OK),
        (None, {"fruits-dev": 16}, Level.WARN),
    ],
)
def test_all_stages_together_are_held_against_the_quota(
    quota: float | None, wanted: dict[str, int], level: Level
) -> None:
    found = vcpu_check(quota, wanted)

    assert found.level is level
    assert bool(found.advice) == (sum(wanted.values()) > (quota or 16))


def test_a_missing_tool_stops_before_anything_is_built() -> None:
    assert (tools_check([]).level, tools_check(["uv"]).level) == (Level.OK, Level.FAIL)
    assert "make setup" in tools_check(["SAM"]).advice


@pytest.mark.parametrize(("found", "level"), [(True, "ok"), (False, "warn"), (None, "warn")])
def test_a_missing_service_role_is_no_reason_to_stop(found: bool | None, level: str) -> None:
    assert service_role_check(found).level == level


@pytest.mark.parametrize(
    ("architecture", "packed", "level"),
    [("ARM64", "ARM64", "ok"), ("ARM64", "X86_64", "fail"), ("X86_64", "ARM64", "fail"), ("X86_64", None, "ok")],
)
def test_an_environment_of_another_architecture_stops_a_deployment(
    architecture: str, packed: str | None, level: str
) -> None:
    assert environment_check(architecture, packed).level == level


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MaxVcpus", "8", "no such parameter"),
        ("MaxVcpu", "2", "between 6 and 4000"),
        ("MaxVcpu", "many", "a number"),
        ("Architecture", "arm64", "one of X86_64, ARM64"),
        ("LogRetentionDays", "31", "one of 1, 3"),
    ],
)
def test_a_wrong_parameter_is_named_before_anything_is_deployed(name: str, value: str, says: str) -> None:
    (found,) = parameter_checks({name: value}, template()["Parameters"])

    assert (found.name, found.level) == (name, Level.FAIL)
    assert says in found.seen


def test_right_parameters_are_silent() -> None:
    given = {"MaxVcpu": "32", "Architecture": "ARM64", "LogRetentionDays": "30", "RefitSchedule": "rate(1 day)"}

    assert parameter_checks(given, template()["Parameters"]) == []


@pytest.mark.parametrize(
    ("age", "on_aws", "minutes"), [(0, True, 15), (14, True, 1), (15, True, 0), (900, True, 0), (0, False, 0)]
)
def test_photos_wait_until_versioning_holds_for_a_new_bucket(age: int, on_aws: bool, minutes: int) -> None:
    assert versioning_wait(NOW - timedelta(minutes=age), NOW, on_aws) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("deployed", "level"),
    [(None, Level.OK), ("a" * 64, Level.OK), ("b" * 64, Level.WARN)],
    ids=["new", "same", "other"],
)
def test_another_cnn_than_the_deployed_one_is_a_warning_that_says_what_follows(
    deployed: str | None, level: Level
) -> None:
    check = artifact_check(deployed, "a" * 64)

    assert check.level is level
    assert ("refit" in check.advice) == (level is Level.WARN)
