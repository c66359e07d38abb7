"""Send the lost events of uploads again: a message of S3's own shape into the queue that S3 sends to.

Nothing is copied or written in the bucket: a copy would be a new version, so another photo. The message names the
version that is there. `collect` registers a photo once, so a message that was not needed changes nothing.
"""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import quote_plus

from contracts.errors import RetryLater
from infra.ops.bucket_versions import Version

_A_REQUEST = 10  # SQS takes no more messages in one
SENDER = "fruits-reconcile"


def event(version: Version, region: str) -> dict[str, Any]:
    """Return S3's message of one upload, version 2.1, without what we cannot know: the sender's address."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": region,
                "eventTime": f"{version.uploaded_at:%Y-%m-%dT%H:%M:%S}.000Z",
                "eventName": "ObjectCreated:Put",
                "userIdentity": {"principalId": SENDER},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "bucket": {"name": version.bucket, "arn": f"arn:aws:s3:::{version.bucket}"},
                    "object": {
                        "key": quote_plus(version.key, safe="/"),
                        "size": version.size_bytes,
                        "eTag": version.etag,
                        "versionId": version.version_id,
                        "sequencer": "0",  # before any event of S3's own
                    },
                },
            }
        ]
    }


def send(sqs: Any, queue: str, lost: Iterable[Version], region: str) -> int:
    """Send the events of these versions, ten a request; return how many. `sqs` is a boto3 client, `queue` a URL.

    Raises:
        RetryLater: the queue did not take some. Sending them all again does no harm.
    """
    waiting, sent = iter(lost), 0
    while some := list(islice(waiting, _A_REQUEST)):
        entries = [{"Id": str(n), "MessageBody": json.dumps(event(one, region))} for n, one in enumerate(some)]
        answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        if answer.get("Failed"):
            raise RetryLater(f"the queue took {sent + len(answer.get('Successful', []))} events, and not the next ones")
        sent += len(some)
    return sent
