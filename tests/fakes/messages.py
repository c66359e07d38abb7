"""Messages as S3 and SQS really send them, keys encoded as S3 does: Chalice's own test events encode nothing."""

import json
from typing import Any
from urllib.parse import quote_plus

from chalicelib.domain.records import Upload
from chalicelib.domain.uploads import UploadLocation
from tests.fakes.functions import START

BUCKET = "fruits-photos"
LOCATION = UploadLocation(BUCKET, "uploads/")


def record(key: str = "uploads/o1/banana/a.jpg", version: str | None = "v1", **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "key": quote_plus(key, safe="/"),
        "size": 5000,
        "eTag": "d41d8cd98f00b204e9800998ecf8427e",
        "sequencer": "0055AED6DCD90281E5",
    } | ({"versionId": version} if version else {})
    found |= changes.pop("object", {})
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-3",
        "eventTime": "2026-11-24T07:59:30.123Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AIDACKCEVSQ6C2EXAMPLE"},
        "requestParameters": {"sourceIPAddress": "203.0.113.7"},
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": BUCKET, "arn": f"arn:aws:s3:::{BUCKET}"}, "object": found},
    } | changes


def body(*records: dict[str, Any]) -> str:
    return json.dumps({"Records": list(records)})


def upload(key: str = "uploads/o1/banana/a.jpg", version: str = "v1", sequencer: str = "1") -> Upload:
    return Upload(BUCKET, key, version, 5000, "e", sequencer, START, "o1")


def sqs(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "r",
                "body": text,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-3:000000000000:uploads",
                "awsRegion": "eu-west-3",
            }
            for number, text in enumerate(bodies)
        ]
    }
