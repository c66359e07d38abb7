"""Credentials as the local cloud's own STS gives them: keys of a session, by which it knows the role's account.

It does not ask who assumes the role. An issuer that does can be handed to `wiring.start_service`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..rules.ports import Clock, Credentials, RefusedError

_LEAST_SECONDS = 900
"""The shortest session of STS. A shorter life, for tests, is what the credentials say of themselves."""


class StsIssuer:
    """Issues credentials by AssumeRole at an endpoint; `minutes` is how long they say that they are good."""

    def __init__(self, endpoint: str, clock: Clock, minutes: float) -> None:
        self._endpoint, self._clock, self._life = endpoint, clock, timedelta(minutes=minutes)

    def issue(self, role_arn: str, source_arn: str) -> Credentials:
        """Assume the role. Raises RefusedError."""
        seconds = max(_LEAST_SECONDS, round(self._life.total_seconds()))
        now = self._clock().astimezone(UTC)
        try:
            answer = self._client(role_arn, source_arn.split(":")[3]).assume_role(
                RoleArn=role_arn, RoleSessionName=source_arn.rpartition("/")[2], DurationSeconds=seconds
            )["Credentials"]
        except (ClientError, BotoCoreError) as error:
            raise RefusedError(str(error)) from error
        expires_at: datetime = min(answer["Expiration"], now + self._life)
        return Credentials(
            answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], expires_at.astimezone(UTC)
        )

    def _client(self, role_arn: str, region: str) -> Any:
        return botocore.session.Session().create_client(
            "sts",
            region_name=region,
            endpoint_url=self._endpoint,
            aws_access_key_id=role_arn.split(":")[4],  # twelve digits: the local cloud takes them for the account
            aws_secret_access_key="local",  # noqa: S106 - not a secret: any will do
            config=Config(proxies={}),
        )
