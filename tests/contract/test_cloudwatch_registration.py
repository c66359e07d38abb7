"""CloudWatch in the local cloud. ministack is pinned; whoever moves the pin meets these first."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from infra.local.cloud import LocalCloud
from infra.local.cloudwatch.register import MINUTE
from tests.contract.emr import eventually

SECONDS = 0.2
"""How long a minute of CloudWatch lasts here."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloudwatch"), more={MINUTE: str(SECONDS)}) as cloud:
        yield cloud


class Metrics:
    """The metrics and alarms of one cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.client = cloud.target().client("cloudwatch")
        self.namespace = f"test-{uuid4().hex[:8]}"

    def put(self, value: float, name: str = "rows", stage: str = "dev", **more: Any) -> None:
        where = [{"Name": "stage", "Value": stage}]
        datum = {"MetricName": name, "Dimensions": where, "Value": value, **more}
        self.client.put_metric_data(Namespace=self.namespace, MetricData=[datum])

    def alarm(self, **more: Any) -> str:
        asked: dict[str, Any] = {
            "AlarmName": f"alarm-{uuid4().hex[:8]}",
            "Namespace": self.namespace,
            "MetricName": "rows",
            "Dimensions": [{"Name": "stage", "Value": "dev"}],
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
        }
        asked = {name: value for name, value in (asked | more).items() if value is not None}
        self.client.put_metric_alarm(**asked)
        return str(asked["AlarmName"])

    def query(self, name: str, query_id: str) -> dict[str, Any]:
        metric = {"Namespace": self.namespace, "MetricName": name, "Dimensions": [{"Name": "stage", "Value": "dev"}]}
        return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": False}

    def state(self, alarm: str) -> str:
        found = self.client.describe_alarms(AlarmNames=[alarm], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        (one,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return str(one["StateValue"])

    def becomes(self, alarm: str, state: str) -> None:
        eventually(lambda: self.state(alarm) == state, f"{alarm} is {state}", within=30)


@pytest.fixture
def metrics(cloud: LocalCloud) -> Metrics:
    return Metrics(cloud)


def test_an_alarm_fires_and_clears_as_time_goes_by(metrics: Metrics) -> None:
    alarm = metrics.alarm()
    metrics.becomes(alarm, "OK")
    metrics.put(2)
    metrics.becomes(alarm, "ALARM")
    metrics.becomes(alarm, "OK")  # nothing was sent since


def test_another_dimension_is_another_metric(metrics: Metrics) -> None:
    own, other = metrics.alarm(), metrics.alarm(Dimensions=[{"Name": "stage", "Value": "prod"}])
    none = metrics.alarm(Dimensions=[])
    metrics.becomes(own, "OK")
    metrics.put(2)
    metrics.becomes(own, "ALARM")

    history = metrics.client.describe_alarm_history(HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    fired = {one["AlarmName"] for one in history if "to ALARM" in one["HistorySummary"]}
    assert (own in fired, other in fired, none in fired) == (True, False, False)


def test_missing_data_are_treated_as_the_alarm_says(metrics: Metrics) -> None:
    metrics.becomes(metrics.alarm(TreatMissingData="breaching"), "ALARM")
    metrics.becomes(metrics.alarm(TreatMissingData="notBreaching"), "OK")
    kept = metrics.alarm(TreatMissingData="missing")
    assert metrics.state(kept) == "INSUFFICIENT_DATA"


def test_metric_math_holds_two_metrics_against_each_other(metrics: Metrics) -> None:
    queries = [metrics.query("bad", "bad"), metrics.query("good", "good")]
    share = {"Id": "share", "Expression": "100 * bad / (bad + good)", "ReturnData": True}
    nothing = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    alarm = metrics.alarm(Metrics=[share, *queries], Threshold=50, **nothing)
    metrics.put(6, "bad")
    metrics.put(4, "good")
    metrics.becomes(alarm, "ALARM")
    (described,) = metrics.client.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    assert described["Metrics"][0]["Expression"] == share["Expression"]


def test_a_composite_alarm_follows_and_a_topic_is_told(metrics: Metrics, cloud: LocalCloud) -> None:
    sns, sqs = cloud.target().client("sns"), cloud.target().client("sqs")
    topic = sns.create_topic(Name=f"topic-{uuid4().hex[:8]}")["TopicArn"]
    queue = sqs.create_queue(QueueName=f"told-{uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    child, parent = metrics.alarm(), f"parent-{uuid4().hex[:8]}"
    metrics.client.put_composite_alarm(AlarmName=parent, AlarmRule=f'ALARM("{child}")', AlarmActions=[topic])
    metrics.put(2)
    metrics.becomes(child, "ALARM")

    (told,) = eventually(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"), "a message")
    message = json.loads(json.loads(told["Body"])["Message"])
    assert (message["AlarmName"], message["NewStateValue"]) == (parent, "ALARM")
    metrics.becomes(parent, "OK")


def test_a_state_that_was_set_lasts_until_the_next_evaluation(metrics: Metrics) -> None:
    alarm = metrics.alarm()
    metrics.becomes(alarm, "OK")
    metrics.client.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    metrics.becomes(alarm, "OK")


def data(metrics: Metrics, *queries: dict[str, Any]) -> dict[str, list[float]]:
    now = datetime.now(UTC)
    found = metrics.client.get_metric_data(
        MetricDataQueries=list(queries), StartTime=now - timedelta(minutes=1), EndTime=now + timedelta(seconds=5)
    )
    return {one["Id"]: one["Values"] for one in found["MetricDataResults"]}


def test_data_are_of_exactly_the_metric_that_is_asked_for(metrics: Metrics) -> None:
    metrics.put(2)
    metrics.put(40, stage="prod")
    query = {**metrics.query("rows", "m1"), "ReturnData": True}
    math = {"Id": "twice", "Expression": "m1 * 2"}

    assert data(metrics, query, math) == {"m1": [2.0], "twice": [4.0]}


def test_values_with_counts_have_percentiles(metrics: Metrics) -> None:
    where = [{"Name": "stage", "Value": "dev"}]
    datum = {"MetricName": "wait", "Dimensions": where, "Values": [1.0, 9.0], "Counts": [98.0, 2.0]}
    metrics.client.put_metric_data(Namespace=metrics.namespace, MetricData=[datum])
    queries = []
    for stat in ("p50", "p99", "Maximum"):
        query = metrics.query("wait", stat.lower())
        queries.append({**query, "MetricStat": {**query["MetricStat"], "Stat": stat}, "ReturnData": True})

    assert data(metrics, *queries) == {"p50": [1.0], "p99": [9.0], "maximum": [9.0]}


def of_service(cloud: LocalCloud, namespace: str, name: str, dimensions: dict[str, str], stat: str = "Sum") -> float:
    """The sum of all that a service's metric has."""
    now = datetime.now(UTC)
    where = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": where}
    query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 86400, "Stat": stat}}
    found = (
        cloud.target()
        .client("cloudwatch")
        .get_metric_data(
            MetricDataQueries=[query], StartTime=now - timedelta(minutes=2), EndTime=now + timedelta(seconds=5)
        )
    )
    return float(sum(found["MetricDataResults"][0]["Values"]))


CODE = """
import json

def handler(event, context):
    directive = {"Namespace": event["namespace"], "Dimensions": [["stage"]], "Metrics": [{"Name": "rows"}]}
    told = {"_aws": {"Timestamp": event["at"], "CloudWatchMetrics": [directive]}, "stage": "dev", "rows": [3, 4]}
    print(json.dumps(told))
    if event.get("fails"):
        raise ValueError("as asked")
"""


def function(cloud: LocalCloud) -> str:
    """Make a function that prints an embedded metric, and return its name."""
    name, statement = f"f-{uuid4().hex[:8]}", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam, zipped = cloud.target().client("iam"), io.BytesIO()
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=document(statement))
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("code.py", CODE)
    made = {"FunctionName": name, "Runtime": "python3.11", "Handler": "code.handler", "Role": role}
    cloud.target().client("lambda").create_function(**made, Code={"ZipFile": zipped.getvalue()})
    return name


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_functions_log_and_its_end_are_metrics_however_it_is_invoked(metrics: Metrics, cloud: LocalCloud) -> None:
    name, invoke = function(cloud), cloud.target().client("lambda").invoke
    event = {"namespace": metrics.namespace, "at": int(datetime.now(UTC).timestamp() * 1000)}
    invoke(FunctionName=name, Payload=json.dumps(event).encode())
    invoke(FunctionName=name, Payload=json.dumps({**event, "fails": True}).encode())
    invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())

    def measured(metric: str) -> float:
        return of_service(cloud, "AWS/Lambda", metric, {"FunctionName": name})

    eventually(lambda: measured("Invocations") == 3, "three invocations")
    assert measured("Errors") == 1
    assert measured("Duration") > 0
    assert of_service(cloud, metrics.namespace, "rows", {"stage": "dev"}) == 3 * 7
    assert of_service(cloud, metrics.namespace, "rows", {}) == 0


def test_a_queue_is_measured_each_minute(cloud: LocalCloud) -> None:
    name = f"queue-{uuid4().hex[:8]}"
    sqs = cloud.target().client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")

    def measured(metric: str) -> float:
        return of_service(cloud, "AWS/SQS", metric, {"QueueName": name}, "Maximum")

    eventually(lambda: measured("ApproximateNumberOfMessagesVisible") >= 1, "a visible message")
    eventually(lambda: measured("ApproximateAgeOfOldestMessage") > 0, "its age")
    assert of_service(cloud, "AWS/SQS", "NumberOfMessagesSent", {"QueueName": name}) == 1
