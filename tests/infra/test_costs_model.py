"""What months are reckoned with is what the template says."""

from typing import Any

from contracts.prices.items import Item
from infra.deployment.template import of_type, resource, template
from infra.ops.costs import model
from infra.ops.costs.workload import BALANCED, NOW, Workload


def default(parameter: str) -> Any:
    return template()["Parameters"][parameter]["Default"]


def test_the_balanced_setting_is_the_template_s_defaults() -> None:
    asked = ("LatencyMinutes", "MaxWaitMinutes", "BatchTarget", "BatchMax")

    found = tuple(default(name) for name in asked)

    assert found == (BALANCED.latency_minutes, BALANCED.max_wait_minutes, BALANCED.target, BALANCED.most)
    assert default("RefitSchedule").startswith("cron(30 3 * * ?")


def test_this_build_is_the_template() -> None:
    rules = resource("PhotosBucket")["Properties"]["LifecycleConfiguration"]["Rules"]

    assert default("CollectWindowSeconds") == NOW.window_seconds
    assert default("LedgerRetentionDays") == 30 * NOW.ledger_months
    assert rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] == NOW.noncurrent_days
    assert default("MonthlyBudgetEur") == NOW.budget_eur


def test_the_model_s_capacity_and_functions_are_the_template_s() -> None:
    assert (default("MaxVcpu"), default("MaxMemoryGb")) == (model.CAPACITY.vcpu, model.CAPACITY.memory_gb)
    assert default("MaxRunsInFlight") == model.IN_FLIGHT
    memory = template()["Globals"]["Function"]["MemorySize"]
    assert memory / 1024 == model.COLLECT_GB
    assert resource("SubmitFunction")["Properties"]["MemorySize"] / 1024 == model.SUBMIT_GB


def metrics_of(alarm: dict[str, Any]) -> int:
    """How many metrics an alarm looks at: it is billed by them."""
    asked = alarm["Properties"].get("Metrics")
    return 1 if asked is None else sum("MetricStat" in one for one in asked)


def test_what_watches_the_stack_is_what_the_model_counts() -> None:
    kinds = {
        "AWS::CloudWatch::CompositeAlarm": NOW.composite_alarms,
        "AWS::CloudWatch::Dashboard": NOW.dashboards,
    }

    assert {kind: len(of_type(kind)) for kind in kinds} == kinds
    assert sum(map(metrics_of, of_type("AWS::CloudWatch::Alarm").values())) == NOW.alarms


def test_nothing_of_the_template_is_charged_by_a_key() -> None:
    assert of_type("AWS::KMS::Key") == {}
    assert Item.KEY not in {one.item for one in model.beside_runs(Workload(1_000), NOW, 1, 1)}
