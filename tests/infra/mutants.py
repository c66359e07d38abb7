"""Templates with one thing wrong, and the fact that must catch each."""

from collections.abc import Callable
from typing import Any

from tests.infra import facts
from tests.infra.facts import Fact

Mutation = Callable[[dict[str, Any]], Any]


def event(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resources["CollectFunction"]["Properties"]["Events"]["Uploads"]["Properties"]
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
    "a long window": (
        facts.messages_stay_hidden_long_enough,
        lambda r: event(r).update(MaximumBatchingWindowInSeconds=61),
    ),
    "a collect that takes a minute": (
        facts.the_ledger_can_be_restored_and_forgets,
        lambda r: r["CollectFunction"]["Properties"].update(Timeout=60),
    ),
    "an ending that takes 15 minutes": (
        facts.the_ledger_can_be_restored_and_forgets,
        lambda r: r["OnRunEventFunction"]["Properties"].update(Timeout=900),
    ),
    "an index": (
        facts.the_ledger_can_be_restored_and_forgets,
        lambda r: ledger(r).update(GlobalSecondaryIndexes=[{"IndexName": "open"}]),
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
    "a database that goes with the stack": (
        facts.what_holds_data_outlives_the_stack,
        lambda r: r["LakeDatabase"].pop("DeletionPolicy"),
    ),
    "a bucket that goes when it is replaced": (
        facts.what_holds_data_outlives_the_stack,
        lambda r: r["LakeBucket"].update(UpdateReplacePolicy="Delete"),
    ),
    "a queue that stays when its creation is rolled back": (
        facts.a_failed_first_deployment_leaves_no_name_taken,
        lambda r: r["UploadsQueue"].update(DeletionPolicy="Retain"),
    ),
    "submit tried again by Lambda": (
        facts.what_lambda_queues_says_how_often_it_is_tried,
        lambda r: r["SubmitFunction"]["Properties"]["EventInvokeConfig"].update(MaximumRetryAttempts=2),
    ),
    "ends of runs that say nothing of retries": (
        facts.what_lambda_queues_says_how_often_it_is_tried,
        lambda r: r["OnRunEventFunction"]["Properties"].pop("EventInvokeConfig"),
    ),
    "delete markers for ever": (
        facts.delete_markers_end,
        lambda r: [
            rule.pop("ExpiredObjectDeleteMarker", None) for rule in photos(r)["LifecycleConfiguration"]["Rules"]
        ],
    ),
    "delete markers under one prefix": (
        facts.delete_markers_end,
        lambda r: [
            rule.update(Prefix="uploads/")
            for rule in photos(r)["LifecycleConfiguration"]["Rules"]
            if "ExpiredObjectDeleteMarker" in rule
        ],
    ),
    "a rule that S3 refuses": (
        facts.delete_markers_end,
        lambda r: photos(r)["LifecycleConfiguration"]["Rules"][0].update(ExpiredObjectDeleteMarker=True),
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
