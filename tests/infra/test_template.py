"""The template holds every fact, and each fact was seen to fail."""

import copy
import re
import tomllib

import pytest

import app
from chalicelib import settings
from chalicelib.settings import EU_REGIONS
from contracts import models
from infra.deployment.template import ROOT, of_type, template
from infra.deployment.template_settings import complete_environment
from infra.ops import stack
from tests.infra.facts import FACTS, Fact, Template, resources
from tests.infra.job_facts import JOB_FACTS
from tests.infra.job_mutants import JOB_MUTANTS
from tests.infra.mutants import MUTANTS, policy
from tests.infra.standing_facts import STANDING_FACTS
from tests.infra.watching_facts import WATCHING_FACTS, kebab
from tests.infra.watching_mutants import WATCHING_MUTANTS

ALL_FACTS = FACTS + STANDING_FACTS + JOB_FACTS + WATCHING_FACTS
ALL_MUTANTS = MUTANTS | JOB_MUTANTS | WATCHING_MUTANTS


@pytest.mark.parametrize("fact", ALL_FACTS, ids=lambda fact: fact.__name__)
def test_the_template_holds(fact: Fact) -> None:
    assert list(fact(template())) == []


@pytest.mark.parametrize("name", ALL_MUTANTS)
def test_a_template_with_one_thing_wrong_is_caught(name: str) -> None:
    fact, mutate = ALL_MUTANTS[name]
    mutant: Template = copy.deepcopy(template())
    mutate(mutant["Resources"])

    assert list(fact(mutant))


def test_every_fact_was_seen_to_fail() -> None:
    assert {fact for fact, _ in ALL_MUTANTS.values()} == set(ALL_FACTS)


def test_the_handlers_in_the_template_are_those_in_the_code() -> None:
    named = {function["Properties"]["Handler"] for function in of_type("AWS::Serverless::Function").values()}

    assert named == {f"app.{function.name}" for function in app.app.pure_lambda_functions}
    assert all(callable(getattr(app, handler.removeprefix("app."))) for handler in named)


def test_the_template_sets_every_variable_that_the_code_reads() -> None:
    asked: list[str] = []

    class Asked(dict[str, str]):
        def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
            asked.append(name)
            return super().get(name, default)

    environment = Asked(complete_environment())
    for part in (settings.read, settings.common, settings.batching, settings.capacity, settings.budget):
        part(environment)

    given = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert set(asked) - {"AWS_REGION"} == set(given) - {"POWERTOOLS_LOG_LEVEL"}


def test_the_defaults_of_the_parameters_are_settings_the_code_accepts() -> None:
    batching = settings.batching(complete_environment())

    assert batching.target <= batching.most


def test_the_regions_of_the_template_are_those_of_the_code_and_neither_london_nor_zurich() -> None:
    rule = template()["Rules"]["InTheEuropeanUnion"]["Assertions"][0]["Assert"]["Fn::Contains"]

    assert set(rule[0]) == EU_REGIONS
    assert not EU_REGIONS & {"eu-west-2", "eu-central-2"}


def test_the_functions_are_allowed_the_pointer_that_the_contract_names() -> None:
    pointer = f"{models.FOLDER}/{models.POINTER}"
    resources = template()["Resources"]

    assert policy(resources, "RefitRole", "ReadThePointerToTheModel")["Resource"] == {
        "Fn::Sub": "${LakeBucket.Arn}/" + pointer
    }
    listed = policy(resources, "RefitRole", "SeeWhetherThereIsAModel")["Condition"]
    assert listed == {"StringEquals": {"s3:prefix": pointer}}


@pytest.mark.parametrize("name", ["RefitSchedule", "MaintainSchedule"])
@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        (None, True),
        ("rate(1 minute)", True),
        ("rate(12 hours)", True),
        ("cron(0 2 ? * MON-FRI *)", True),
        ("rate(0 minutes)", False),
        ("rate(1)", False),
        ("cron()", False),
        ("0 2 * * *", False),
        ("", False),
    ],
)
def test_a_schedule_that_scheduler_would_refuse_is_refused_by_its_parameter(
    name: str, expression: str | None, fits: bool
) -> None:
    parameter = template()["Parameters"][name]
    given = parameter["Default"] if expression is None else expression

    assert bool(re.fullmatch(parameter["AllowedPattern"], given)) is fits


def test_nights_have_no_hour_that_comes_twice_or_not_at_all() -> None:
    hours = {
        int(template()["Parameters"][name]["Default"].split()[1]) for name in ("RefitSchedule", "MaintainSchedule")
    }

    assert not hours & {2}  # in Paris clocks go from 2 to 3 in March, and from 3 back to 2 in October


def test_each_stage_has_a_config_environment_and_a_stack_of_its_own() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    environments = {name: one for name, one in config.items() if isinstance(one, dict)}
    found = {
        one["deploy"]["parameters"]["parameter_overrides"].removeprefix("Stage="): (
            name,
            one["global"]["parameters"]["stack_name"],
        )
        for name, one in environments.items()
    }

    stages = template()["Parameters"]["Stage"]["AllowedValues"]
    assert found == {stage: ("default" if stage == "dev" else stage, f"fruits-{stage}") for stage in stages}


def test_all_stages_are_built_and_deployed_alike() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    alike = []
    for one in (one for one in config.values() if isinstance(one, dict)):
        stage = one["deploy"]["parameters"].pop("parameter_overrides").removeprefix("Stage=")
        assert one["deploy"]["parameters"].pop("tags") == f"fruits:stage={stage}"
        one["global"]["parameters"].pop("stack_name")
        alike.append(one)

    assert len(alike) == 3
    assert all(one == alike[0] for one in alike)


def test_the_local_cloud_deploys_the_stack_that_samconfig_names() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())

    assert config["default"]["global"]["parameters"]["stack_name"] == stack.name()


RUNBOOKS = ROOT / "infra" / "runbooks"


@pytest.mark.skipif(not RUNBOOKS.exists(), reason="there are no runbooks yet")
def test_each_alarm_has_its_runbook() -> None:
    alarms = {kebab(alarm) for alarm in resources(template(), "AWS::CloudWatch::Alarm").values()}

    assert alarms <= {path.stem for path in RUNBOOKS.glob("*.md")}
