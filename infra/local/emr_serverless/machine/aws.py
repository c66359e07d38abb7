"""Clients of the services beside this one: S3 and CloudWatch Logs of the same local cloud.

PutEvents refuses a source that begins with "aws.", so the local cloud hands in a function that publishes events.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..rules.events import Event
from ..rules.ports import MissingError
from ..rules.records import Owner

_CHUNK_BYTES = 1 << 20
# CloudWatch Logs takes 10,000 events and 1,048,576 bytes a call, and counts 26 bytes more for each event.
_EVENTS_A_CALL = 5_000
_BYTES_A_CALL = 500_000


class LocalServices:
    """S3 and CloudWatch Logs at an endpoint; `publish` sends an event."""

    def __init__(self, endpoint: str, publish: Callable[[Event], None]) -> None:
        self._endpoint = endpoint
        self.publish = publish
        self._client = functools.cache(self._new_client)

    def fetch(self, owner: Owner, uri: str, target: Path) -> None:
        """Download an object. Raises MissingError."""
        parts = urlsplit(uri)
        try:
            answer = self._client(owner, "s3").get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
            with target.open("wb") as file:
                for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
                    file.write(chunk)
        except (ClientError, BotoCoreError) as error:
            raise MissingError(f"{uri} cannot be read: {error}") from error

    def store(self, owner: Owner, bucket: str, key: str, body: bytes) -> None:
        """Write an object. Raises MissingError."""
        try:
            self._client(owner, "s3").put_object(Bucket=bucket, Key=key, Body=body)
        except (ClientError, BotoCoreError) as error:
            raise MissingError(f"s3://{bucket}/{key} cannot be written: {error}") from error

    def log(self, owner: Owner, group: str, stream: str, text: str, at: datetime) -> None:
        """Append lines to a log stream, without the empty ones: an event may not be empty."""
        client = self._client(owner, "logs")
        for create, names in (
            (client.create_log_group, {"logGroupName": group}),
            (client.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
        ):
            try:
                create(**names)
            except client.exceptions.ResourceAlreadyExistsException:
                continue
        milliseconds = round(at.timestamp() * 1000)
        for lines in _portions([line for line in text.splitlines() if line]):
            events = [{"timestamp": milliseconds, "message": line} for line in lines]
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def _new_client(self, owner: Owner, service: str) -> Any:
        # A new session: threads must not share one while they make clients.
        session = botocore.session.Session()
        return session.create_client(
            service,
            region_name=owner.region,
            endpoint_url=self._endpoint,
            aws_access_key_id=owner.account,  # twelve digits: the local cloud takes them for the account
            aws_secret_access_key="local",  # noqa: S106 - not a secret: any will do
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )


def _portions(lines: list[str]) -> list[list[str]]:
    portions: list[list[str]] = [[]]
    size = 0
    for line in lines:
        if size + len(line) > _BYTES_A_CALL or len(portions[-1]) == _EVENTS_A_CALL:
            portions.append([])
            size = 0
        portions[-1].append(line)
        size += len(line)
    return [portion for portion in portions if portion]
