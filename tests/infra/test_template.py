"""The template holds every fact, and each fact was seen to fail."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

import app
from chalicelib import settings
from chalicelib.settings import EU_REGIONS
from infra.contracts import models
from tests.infra import facts, standing_facts
from tests.infra.facts import FACTS, Fact, Template
from tests.infra.standing_facts import STANDING_FACTS
from tests.infra.template import of_type, template
from tests.infra.template_settings import complete_environment

Mutation = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize("fact", FACTS + STANDING_FACTS, ids=lambda fact: fact.__name__)
def test_the_template_holds(fact: Fact) -> None:
    assert list(fact(template())) == []


def event(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resources["CollectFunction"]["Properties"]["Events"]["Uploads"]["Properties"]
    return found


def schedule(resources: dict[str, Any], function: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[function]["Properties"]["Events"]["Schedule"]["Properties"]
    return found


def policy(resources: dict[str, Any], role: str, sid: str) -> dict[str, Any]:
    found = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return next(one for one in found if one["Sid"] == sid)


def properties(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda resources: resources[name]["Properties"]


photos, lake, spark, ledger = map(properties, ("PhotosBucket", "LakeBucket", "SparkApplication", "LedgerTable"))
queue = properties("UploadsQueue")

MUTANTS: dict[str, tuple[Fact, Mutation]] = {
    "no partial responses": (facts.partial_failures_are_reported, lambda r: event(r).pop("FunctionResponseTypes")),
    "no concurrency": (facts.concurrency_is_bounded, lambda r: event(r).pop("ScalingConfig")),
    "concurrency 1": (facts.concurrency_is_bounded, lambda r: event(r)["ScalingConfig"].update(MaximumConcurrency=1)),
    "short visibility": (facts.messages_stay_hidden_long_enough, lambda r: queue(r).update(VisibilityTimeout=180)),
    "long timeout": (
        facts.messages_stay_hidden_long_enough,
        lambda r: r["CollectFunction"]["Properties"].update(Timeout=60),
    ),
    "one receive": (
        facts.messages_are_tried_five_times_and_kept,
        lambda r: queue(r)["RedrivePolicy"].update(maxReceiveCount=1),
    ),
    "no dead letters": (facts.messages_are_tried_five_times_and_kept, lambda r: queue(r).pop("RedrivePolicy")),
    "dead letters of 4 days": (
        facts.messages_are_tried_five_times_and_kept,
        lambda r: r["UploadsDeadLetterQueue"]["Properties"].pop("MessageRetentionPeriod"),
    ),
    "any bucket sends": (
        facts.only_our_bucket_may_send,
        lambda r: r["UploadsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Condition"].pop("ArnEquals"),
    ),
    "any account sends": (
        facts.only_our_bucket_may_send,
        lambda r: r["UploadsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Condition"].pop(
            "StringEquals"
        ),
    ),
    "any role is passed": (
        facts.roles_are_passed_to_one_service_only,
        lambda r: policy(r, "SubmitRole", "HandTheJobItsRole").update(Resource="*"),
    ),
    "passed to any service": (
        facts.roles_are_passed_to_one_service_only,
        lambda r: policy(r, "SubmitRole", "HandTheJobItsRole").pop("Condition"),
    ),
    "all of S3": (
        facts.nothing_is_allowed_by_a_star,
        lambda r: policy(r, "JobRole", "ReadPhotos").update(Action="s3:*"),
    ),
    "every run": (
        facts.nothing_is_allowed_by_a_star,
        lambda r: policy(r, "SubmitRole", "LookAtRuns").update(Resource="*"),
    ),
    "a managed policy": (
        facts.nothing_is_allowed_by_a_star,
        lambda r: r["JobRole"]["Properties"].update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ),
    "the job deletes photos": (
        facts.the_job_never_deletes_photos,
        lambda r: policy(r, "JobRole", "ReadPhotos").update(Action=["s3:GetObject", "s3:DeleteObject"]),
    ),
    "a shared role": (
        facts.every_function_has_a_role_of_its_own,
        lambda r: r["SubmitFunction"]["Properties"].update(Role=r["CollectFunction"]["Properties"]["Role"]),
    ),
    "every key is listed": (
        standing_facts.functions_list_only_what_they_name,
        lambda r: policy(r, "RefitRole", "SeeWhetherThereIsAModel").pop("Condition"),
    ),
    "a function writes the pointer": (
        standing_facts.models_are_written_by_the_job_alone,
        lambda r: policy(r, "RefitRole", "ReadThePointerToTheModel").update(Action=["s3:GetObject", "s3:PutObject"]),
    ),
    "a function reads every model": (
        standing_facts.models_are_written_by_the_job_alone,
        lambda r: policy(r, "RefitRole", "ReadThePointerToTheModel").update(
            Resource={"Fn::Sub": "${LakeBucket.Arn}/models/*"}
        ),
    ),
    "a job that may not publish": (
        standing_facts.models_are_written_by_the_job_alone,
        lambda r: policy(r, "JobRole", "KeepTheModels").update(Action="s3:GetObject"),
    ),
    "a function reads rows": (
        standing_facts.functions_see_no_row,
        lambda r: policy(r, "RefitRole", "ReadTheTablesState").update(
            Resource={"Fn::Sub": "${LakeBucket.Arn}/warehouse/*"}
        ),
    ),
    "a function changes the table": (
        standing_facts.functions_see_no_row,
        lambda r: policy(r, "MaintainRole", "ReadTheTablesState").update(Action=["s3:GetObject", "s3:DeleteObject"]),
    ),
    "a refit that may change photos' items": (
        standing_facts.a_standing_job_keeps_its_own_item,
        lambda r: policy(r, "RefitRole", "KeepTheLedger").pop("Condition"),
    ),
    "maintenance that may delete items": (
        standing_facts.a_standing_job_keeps_its_own_item,
        lambda r: policy(r, "MaintainRole", "KeepTheLedger")["Action"].append("dynamodb:DeleteItem"),
    ),
    "a night of UTC": (
        standing_facts.schedules_mean_the_hour_of_paris_and_fire_at_it,
        lambda r: schedule(r, "RefitFunction").pop("ScheduleExpressionTimezone"),
    ),
    "a window, as YAML reads OFF": (
        standing_facts.schedules_mean_the_hour_of_paris_and_fire_at_it,
        lambda r: schedule(r, "MaintainFunction").update(FlexibleTimeWindow={"Mode": False}),
    ),
    "an event of Scheduler's own": (
        standing_facts.schedules_mean_the_hour_of_paris_and_fire_at_it,
        lambda r: schedule(r, "RefitFunction").pop("Input"),
    ),
    "a failed night": (
        standing_facts.what_fires_seldom_is_tried_again,
        lambda r: r["RefitFunction"]["Properties"].pop("EventInvokeConfig"),
    ),
    "a firing delivered once": (
        standing_facts.what_fires_seldom_is_tried_again,
        lambda r: schedule(r, "MaintainFunction")["RetryPolicy"].update(MaximumRetryAttempts=0),
    ),
    "a public bucket": (
        facts.buckets_are_private_encrypted_and_tls_only,
        lambda r: photos(r)["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False),
    ),
    "plain HTTP": (facts.buckets_are_private_encrypted_and_tls_only, lambda r: r.pop("LakeBucketPolicy")),
    "a deny disarmed by a second key": (
        facts.buckets_are_private_encrypted_and_tls_only,
        lambda r: r["LakeBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Condition"]["Bool"].update(
            {"aws:ViaAWSService": "false"}
        ),
    ),
    "a deny of the bucket without its objects": (
        facts.buckets_are_private_encrypted_and_tls_only,
        lambda r: r["LakeBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"].pop(),
    ),
    "unversioned photos": (
        facts.photos_are_versioned_and_the_lake_is_not,
        lambda r: photos(r).pop("VersioningConfiguration"),
    ),
    "a versioned lake": (
        facts.photos_are_versioned_and_the_lake_is_not,
        lambda r: lake(r).update(VersioningConfiguration={"Status": "Enabled"}),
    ),
    "workers kept warm": (
        facts.spark_costs_nothing_while_idle_and_has_a_limit,
        lambda r: spark(r).update(InitialCapacity=[{"Key": "Driver"}]),
    ),
    "no auto-stop": (
        facts.spark_costs_nothing_while_idle_and_has_a_limit,
        lambda r: spark(r)["AutoStopConfiguration"].update(Enabled=False),
    ),
    "no maximum capacity": (
        facts.spark_costs_nothing_while_idle_and_has_a_limit,
        lambda r: spark(r).pop("MaximumCapacity"),
    ),
    "another release": (
        facts.spark_costs_nothing_while_idle_and_has_a_limit,
        lambda r: spark(r).update(ReleaseLabel="emr-7.0.0"),
    ),
    "no recovery": (
        facts.the_ledger_can_be_restored_and_forgets,
        lambda r: ledger(r).pop("PointInTimeRecoverySpecification"),
    ),
    "provisioned capacity": (
        facts.the_ledger_can_be_restored_and_forgets,
        lambda r: ledger(r).update(BillingMode="PROVISIONED"),
    ),
    "logs for ever": (facts.logs_end, lambda r: r["JobLogGroup"]["Properties"].pop("RetentionInDays")),
    "a function without a log group": (facts.logs_end, lambda r: r.pop("SubmitLogGroup")),
    "a ledger that goes with the stack": (
        facts.what_holds_data_outlives_the_stack,
        lambda r: r["LedgerTable"].update(DeletionPolicy="Delete"),
    ),
    "CANCELLING taken for an end": (
        facts.only_ends_of_runs_wake_the_function,
        lambda r: r["OnRunEventFunction"]["Properties"]["Events"]["RunChanged"]["Properties"]["Pattern"]["detail"][
            "state"
        ].append("CANCELLING"),
    ),
    "the queue's policy names the bucket itself": (
        facts.nothing_refers_to_itself_in_a_circle,
        lambda r: r["UploadsQueuePolicy"]["Properties"].update(Why={"Fn::GetAtt": ["PhotosBucket", "Arn"]}),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_template_with_one_thing_wrong_is_caught(name: str) -> None:
    fact, mutate = MUTANTS[name]
    mutant: Template = copy.deepcopy(template())
    mutate(mutant["Resources"])

    assert list(fact(mutant))


def test_every_fact_was_seen_to_fail() -> None:
    assert {fact for fact, _ in MUTANTS.values()} == set(FACTS + STANDING_FACTS)


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
    for part in (settings.read, settings.intake, settings.batching, settings.capacity):
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
