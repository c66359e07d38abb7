"""Templates whose job or standing jobs have one thing wrong. As `mutants.py` has them."""

from typing import Any

from tests.infra import job_facts, standing_facts
from tests.infra.facts import Fact
from tests.infra.mutants import Mutation, policy


def schedule(resources: dict[str, Any], function: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[function]["Properties"]["Events"]["Schedule"]["Properties"]
    return found


def trust(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resources["JobRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    return found


JOB_MUTANTS: dict[str, tuple[Fact, Mutation]] = {
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
    "any application's runs": (job_facts.one_applications_runs_take_the_jobs_role, lambda r: trust(r).pop("ArnLike")),
    "the application without its runs": (
        job_facts.one_applications_runs_take_the_jobs_role,
        lambda r: trust(r)["ArnLike"]["aws:SourceArn"].pop(),
    ),
    "any account's service": (
        job_facts.one_applications_runs_take_the_jobs_role,
        lambda r: trust(r).pop("StringEquals"),
    ),
    "missing code read as forbidden": (
        job_facts.a_missing_file_is_told_from_a_forbidden_one,
        lambda r: policy(r, "JobRole", "TellMissingCodeFromForbidden").update(Action="s3:GetBucketLocation"),
    ),
    "a log group that nobody makes": (
        job_facts.the_job_may_make_the_group_that_it_logs_to,
        lambda r: policy(r, "JobRole", "WriteDriverLogs")["Action"].remove("logs:CreateLogGroup"),
    ),
    "every log group": (
        job_facts.the_job_may_make_the_group_that_it_logs_to,
        lambda r: policy(r, "JobRole", "WriteDriverLogs").update(Resource={"Fn::Sub": "arn:${AWS::Partition}:logs:*"}),
    ),
    "a job that drops every table": (
        job_facts.the_job_drops_scratch_tables_alone,
        lambda r: policy(r, "JobRole", "DropScratchTables")["Resource"][2].update(
            {"Fn::Sub": "arn:x:glue:r:a:table/fruits_${Stage}/*"}
        ),
    ),
    "a job that drops tables beside its work": (
        job_facts.the_job_drops_scratch_tables_alone,
        lambda r: policy(r, "JobRole", "KeepTheTable")["Action"].append("glue:DeleteTable"),
    ),
    "a doctor that leaves its table": (
        job_facts.the_job_drops_scratch_tables_alone,
        lambda r: policy(r, "JobRole", "DropScratchTables").update(Action="glue:GetTable"),
    ),
    "a refit that cannot read how it closed": (
        standing_facts.a_standing_job_reads_its_own_reports,
        lambda r: policy(r, "RefitRole", "ReadReports").update(Action="s3:HeadObject"),
    ),
    "maintenance that reads every result": (
        standing_facts.a_standing_job_reads_its_own_reports,
        lambda r: policy(r, "MaintainRole", "ReadReports").update(Resource={"Fn::Sub": "${LakeBucket.Arn}/results/*"}),
    ),
    "a missing report read as forbidden": (
        standing_facts.a_standing_job_reads_its_own_reports,
        lambda r: policy(r, "MaintainRole", "TellWhatIsMissingFromWhatIsForbidden").pop("Condition"),
    ),
}
