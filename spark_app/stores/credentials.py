"""Credentials from a container's endpoint, which is all that a worker of EMR Serverless has.

obstore 0.12.1 asks such an endpoint only where a token's file is named beside it; else it asks the instance metadata
service, which EMR Serverless does not have (arrow-rs-object-store issue 282). The rules are those of AWS's SDKs:
"Container credential provider" in the AWS SDKs and Tools Reference Guide.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from contracts.errors import GiveUp, RetryLater

if TYPE_CHECKING:
    from obstore.store import S3Credential

FULL_URI, RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
TOKEN, TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
KEY_ID = "AWS_ACCESS_KEY_ID"
_HOSTS = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23"})
"""Of ECS and of EKS: besides loopback the only ones that may be asked without TLS."""
_TIMEOUT_SECONDS, _TRIES = 5.0, 3

Fetch = Callable[[str, Mapping[str, str]], bytes]
"""Takes a URL and headers, returns the body. Raises OSError or HTTPException."""


def fetch_directly(url: str, headers: Mapping[str, str]) -> bytes:
    """Get a URL past all proxies: the endpoint is on this machine or beside it."""
    request = Request(url, headers=dict(headers))  # noqa: S310  `checked_url` has looked at the scheme
    with build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT_SECONDS) as answer:
        return bytes(answer.read())


@dataclass(frozen=True, slots=True)
class ContainerCredentials:
    """A credential provider of obstore: each call asks the endpoint anew. obstore calls it again before they expire."""

    environment: Mapping[str, str]
    fetch: Fetch = fetch_directly

    def __call__(self) -> "S3Credential":
        """Return keys, and until when they are good.

        Raises:
            RetryLater: the endpoint does not answer.
            GiveUp: its URL is one that must not be asked, or its answer holds no credentials.
        """
        url = checked_url(self.environment[FULL_URI])
        return credential(self._ask(url, _authorization(self.environment)))

    def _ask(self, url: str, headers: Mapping[str, str]) -> bytes:
        for _ in range(_TRIES):
            try:
                return self.fetch(url, headers)
            except (OSError, HTTPException) as error:
                last = error
        raise RetryLater(f"no answer from {FULL_URI}, {_TRIES} times: {type(last).__name__}") from last


def container_credentials(environment: Mapping[str, str]) -> ContainerCredentials | None:
    """Return the provider that an environment asks for; None: obstore finds credentials by itself, as SDKs would."""
    earlier = environment.get(KEY_ID) or environment.get(RELATIVE_URI)
    return ContainerCredentials(environment) if environment.get(FULL_URI) and not earlier else None


def checked_url(url: str) -> str:
    """Return the URL. Raises GiveUp for one without TLS to a host that is neither this machine nor AWS's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or (parts.scheme == "http" and (host in _HOSTS or _is_loopback(host))):
        return url
    raise GiveUp(
        f"{FULL_URI} names {parts.scheme}://{host}: only https, loopback, ECS and EKS are asked for credentials"
    )


def credential(body: bytes) -> "S3Credential":
    """Read an answer. Raises GiveUp for any other one; the message holds nothing of it."""
    try:
        found = json.loads(body)
        return {
            "access_key_id": str(found["AccessKeyId"]),
            "secret_access_key": str(found["SecretAccessKey"]),
            "token": str(found["Token"]),
            "expires_at": datetime.fromisoformat(found["Expiration"]),
        }
    except (ValueError, KeyError, TypeError) as error:
        raise GiveUp(f"what {FULL_URI} answers holds no credentials: {type(error).__name__}") from None


def _authorization(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the header; a token's file is read each time, because the token changes."""
    file = environment.get(TOKEN_FILE)
    token = Path(file).read_text().strip() if file else environment.get(TOKEN, "")
    return {"Authorization": token} if token else {}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
