#!/usr/bin/env bash
# ministack 1.5.33: a stack that creates a queue or a table whose name is taken succeeds, and an empty one stands in its place:
# the messages and items that were there are gone. CloudFormation on AWS fails such a creation (the resource already exists), and
# so does ministack itself for a bucket. A test of "deploy over what a failed stack left behind" passes locally and fails on AWS.
# Seen: ministack 1.5.33, boto3 1.43.106 from PyPI, CPython 3.11, Linux x86_64, 2026-11-28. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ministack==1.5.33 boto3==1.43.106
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(cd "$folder" && GATEWAY_PORT=$port exec "$folder/venv/bin/ministack") > "$folder/log" 2>&1 &
server=$!
PORT=$port "$folder/venv/bin/python" - <<'PYTHON'
import os
import time
from importlib.metadata import version

import boto3
from botocore.exceptions import BotoCoreError

where = {"endpoint_url": f"http://127.0.0.1:{os.environ['PORT']}", "region_name": "eu-west-3"}
keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
sqs, dynamodb, cloudformation, s3 = (boto3.client(name, **where, **keys) for name in ("sqs", "dynamodb", "cloudformation", "s3"))
for _ in range(120):
    try:
        sqs.list_queues()
        break
    except BotoCoreError:
        time.sleep(0.5)

url = sqs.create_queue(QueueName="letters")["QueueUrl"]
sqs.send_message(QueueUrl=url, MessageBody="keep me")
dynamodb.create_table(
    TableName="things", BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
)
dynamodb.put_item(TableName="things", Item={"id": {"S": "keep me"}})
s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})


def deployed(name, resource):
    cloudformation.create_stack(StackName=name, TemplateBody="Resources:\n  One:\n    " + resource)
    for _ in range(120):
        state = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if not state.endswith("IN_PROGRESS"):
            return state
        time.sleep(0.5)


table = "AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]"
states = {
    "queue": deployed("a", "{Type: AWS::SQS::Queue, Properties: {QueueName: letters}}"),
    "table": deployed("b", "{Type: AWS::DynamoDB::Table, Properties: {TableName: things, BillingMode: PAY_PER_REQUEST, " + table + "}}"),
    "bucket": deployed("c", "{Type: AWS::S3::Bucket, Properties: {BucketName: photos}}"),
}
found = sqs.get_queue_url(QueueName="letters")["QueueUrl"]
messages = sqs.get_queue_attributes(QueueUrl=found, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]
items = dynamodb.scan(TableName="things")["Count"]
print(f"ministack {version('ministack')}: {states}; messages left {messages}, items left {items}")
refused = {name: state for name, state in states.items() if state != "CREATE_COMPLETE"}
if list(refused) != ["bucket"] or (messages, items) != ("0", 0):
    raise SystemExit("ministack behaves otherwise now")
PYTHON
