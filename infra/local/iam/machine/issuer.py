"""Credentials for job runs, of roles that trust EMR Serverless for this run."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..rules.asked import EMR_PRINCIPAL
from .modules import ministack
from .roles import Roles


@dataclass(frozen=True, slots=True)
class RoleIssuer:
    """Implements `CredentialIssuer` of the emulator, whose `ports` are handed in: this package imports no other.

    `life` is how long credentials are good.
    """

    roles: Roles
    ports: Any
    clock: Callable[[], datetime]
    life: timedelta

    def issue(self, role_arn: str, source_arn: str) -> Any:
        """Open a session of the role for a run. Raises the ports' RefusedError where the role does not trust it."""
        account = source_arn.split(":")[4]
        context = {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
        if not self.roles.trust(role_arn, EMR_PRINCIPAL, context):
            raise self.ports.RefusedError(f"it does not exist, or does not trust {EMR_PRINCIPAL} for {source_arn}")
        found = self.ports.Credentials(
            access_key_id=f"ASIA{secrets.token_hex(8).upper()}",
            secret_access_key=secrets.token_hex(20),
            token=secrets.token_hex(64),
            expires_at=self.clock() + self.life,
        )
        self._register(role_arn, source_arn.rpartition("/")[2], found)
        return found

    def _register(self, role_arn: str, session_name: str, found: Any) -> None:
        account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
        session = {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
            "UserId": f"{name}:{session_name}",
            "SecretAccessKey": found.secret_access_key,
            "SessionToken": found.token,
            "Expiration": found.expires_at.timestamp(),
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        }
        ministack("services.sts").register_session(found.access_key_id, session)
