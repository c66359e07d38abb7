"""The sessions of job runs: each has a token of its own, and gets credentials of its run's role for it."""

import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta

from .ports import Clock, CredentialIssuer, Credentials


@dataclass(slots=True)
class _Session:
    role_arn: str
    source_arn: str
    issued: Credentials
    renew: float
    """From when on (seconds since 1970) the issued ones are no longer handed out."""


class Sessions:
    """Opens sessions, and hands out their credentials until they are closed. Any thread may call it."""

    def __init__(self, issuer: CredentialIssuer, clock: Clock) -> None:
        self._issuer, self._clock = issuer, clock
        self._lock = threading.Lock()
        self._open: dict[str, _Session] = {}

    def open(self, role_arn: str, source_arn: str) -> str:
        """Open a session for the run with this ARN, and return its token, a secret. Raises RefusedError."""
        token = secrets.token_urlsafe(32)
        session = self._issue(role_arn, source_arn)
        with self._lock:
            self._open[token] = session
        return token

    def credentials(self, token: str) -> Credentials | None:
        """Return credentials of a session; None for an unknown or closed one. Raises RefusedError.

        The same are handed out for the first half of their life: clients ask again well before the end.
        """
        session = self._open.get(token)
        if session is None:
            return None
        if self._clock().timestamp() >= session.renew:
            session = self._issue(session.role_arn, session.source_arn)
            with self._lock:
                if token in self._open:
                    self._open[token] = session
        return session.issued

    def close(self, token: str) -> None:
        """Close a session: its token is good for nothing from now on."""
        with self._lock:
            self._open.pop(token, None)

    def _issue(self, role_arn: str, source_arn: str) -> _Session:
        asked = self._clock()
        issued = self._issuer.issue(role_arn, source_arn)
        half: timedelta = (issued.expires_at - asked) / 2
        return _Session(role_arn, source_arn, issued, (asked + half).timestamp())
