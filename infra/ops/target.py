"""Where a stack is deployed: AWS, or a cloud that answers at an endpoint of its own."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from contracts.errors import RetryLater

CONNECTIONS = 8
"""Connections of each client at once. ministack is one process: more do not make it faster."""


@dataclass(frozen=True, slots=True)
class Target:
    """A Region of AWS, or an endpoint that stands for one."""

    region: str
    endpoint: str | None = None
    """URL of all services; None: each service's own."""
    access_key_id: str | None = None
    """None: boto3 finds the credentials."""
    secret_access_key: str | None = field(default=None, repr=False)

    def client(self, service: str) -> Any:
        """Return a boto3 client. With an endpoint, it ignores the proxies of the user's environment.

        Its calls raise RetryLater where the service does not answer.
        """
        from botocore.config import Config

        proxies: dict[str, str] | None = {} if self.endpoint else None
        retries = {"mode": "standard", "max_attempts": 5}
        return _session().client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            config=Config(max_pool_connections=CONNECTIONS, retries=retries, proxies=proxies),
        )

    def iceberg(self) -> dict[str, str]:
        """Return the properties of PyIceberg's Glue catalog; PyIceberg has defaults for those that are left out."""
        found = {
            "type": "glue",
            "glue.endpoint": self.endpoint,
            "s3.endpoint": self.endpoint,
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        }
        for service in ("glue", "s3"):
            found[f"{service}.region"] = self.region
            found[f"{service}.access-key-id"] = self.access_key_id
            found[f"{service}.secret-access-key"] = self.secret_access_key
        return {name: value for name, value in found.items() if value is not None}


@cache
def _session() -> Any:
    """Return the session of all clients: each of them translates the errors of a lost connection."""
    import boto3  # imported late: the help of the command line would wait for it

    session = boto3.session.Session()
    session.events.register("creating-client-class", _add_translation)
    return session


def _add_translation(base_classes: list[type], **_: Any) -> None:
    base_classes.insert(0, _Translating)


class _Translating:
    """A client's base class. All calls go through this one method, those of paginators and waiters too."""

    meta: Any

    def _make_api_call(self, operation_name: str, arguments: dict[str, Any]) -> Any:
        from botocore.exceptions import ConnectionError, HTTPClientError

        try:
            return super()._make_api_call(operation_name, arguments)  # type: ignore[misc]
        except (ConnectionError, HTTPClientError) as error:
            hint = "`fruits local status` looks at a local cloud, `fruits local up` starts one"
            raise RetryLater(f"{self.meta.endpoint_url} does not answer any more: {hint}") from error
