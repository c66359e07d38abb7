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
from ..rules.ports import Caller, MissingError

_CHUNK_BYTES = 1 << 20
# CloudWatch Logs takes 10,000 events and 1,048,576 bytes a call, and counts 26 bytes more for each event.
_EVENTS_A_CALL = 5_000
_BYTES_A_CALL = 500_000
_CLIENTS = 32


class LocalServices:
    """S3 and CloudWatch Logs at an endpoint; `publish` sends an event."""

    def __init__(self, endpoint: str, publish: Callable[[Event], None]) -> None:
        self._endpoint = endpoint
        self.publish = publish
        # Credentials are renewed, so clients of earlier ones are let go.
        self._client = functools.lru_cache(maxsize=_CLIENTS)(self._new_client)

    def objects(self, caller: Caller) -> "S3Objects":
        """Return the objects in S3 as this caller sees them."""
        return S3Objects(self._client(caller, "s3"))

    def store(self, caller: Caller, bucket: str, key: str, body: bytes) -> None:
        """Write an object. Raises MissingError."""
        try:
            self._client(caller, "s3").put_object(Bucket=bucket, Key=key, Body=body)
        except (ClientError, BotoCoreError) as error:
            raise MissingError(f"s3://{bucket}/{key} cannot be written: {error}") from error

    def log(self, caller: Caller, group: str, stream: str, text: str, at: datetime) -> None:
        """Append lines to a log stream, without the empty ones: an event may not be empty. Raises MissingError."""
        try:
            _append(self._client(caller, "logs"), group, stream, text, at)
        except (ClientError, BotoCoreError) as error:
            raise MissingError(f"{group} cannot be written: {error}") from error

    def _new_client(self, caller: Caller, service: str) -> Any:
        # A new session: threads must not share one while they make clients.
        session = botocore.session.Session()
        return session.create_client(
            service,
            region_name=caller.region,
            endpoint_url=self._endpoint,
            aws_access_key_id=caller.credentials.access_key_id,
            aws_secret_access_key=caller.credentials.secret_access_key,
            aws_session_token=caller.credentials.token,
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )


class S3Objects:
    """Objects as one client of S3 sees them."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def fetch(self, uri: str, target: Path) -> None:
        """Download an object. Raises MissingError."""
        try:
            answer = self._s3.get_object(**_place(uri))
            with target.open("wb") as file:
                for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
                    file.write(chunk)
        except (ClientError, BotoCoreError) as error:
            raise MissingError(f"{uri} cannot be read: {error}") from error

    def content_id(self, uri: str) -> str:
        """Return the ETag. Raises MissingError."""
        try:
            return str(self._s3.head_object(**_place(uri))["ETag"]).strip('"')
        except (ClientError, BotoCoreError) as error:
            raise MissingError(f"{uri} cannot be read: {error}") from error


def _place(uri: str) -> dict[str, str]:
    parts = urlsplit(uri)
    return {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}


def _append(client: Any, group: str, stream: str, text: str, at: datetime) -> None:
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
