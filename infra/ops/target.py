"""Where a stack is deployed: AWS, or a cloud that answers at an endpoint of its own."""

import os
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

from chalicelib.aws.at_once import THREADS
from chalicelib.settings import EU_REGIONS
from contracts.errors import GiveUp
from infra.ops.aws_errors import Caller, code_and_message, explained_code, no_answer, no_credentials

CONNECTIONS = THREADS
"""Connections of each client at once: as many as the ledger's threads, else urllib3 warns of each that it drops."""


@dataclass(frozen=True, slots=True)
class Target:
    """A Region of AWS, or an endpoint that stands for one."""

    region: str
    endpoint: str | None = None
    """URL of all services; None: each service's own, or what the profile or AWS_ENDPOINT_URL names."""
    access_key_id: str | None = None
    """None: boto3 finds the credentials: those of the profile, else of the environment, of SSO, of the machine."""
    secret_access_key: str | None = field(default=None, repr=False)
    profile: str | None = None
    """Of the AWS configuration file; None: AWS_PROFILE, else the default one."""

    def client(self, service: str) -> Any:
        """Return a boto3 client. With an endpoint, it ignores the proxies of the user's environment.

        Making it or calling it raises RetryLater where the service does not answer, and GiveUp where it lets nobody in:
        without credentials or rights, or after a login has expired. Other errors are botocore's.
        """
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        proxies: dict[str, str] | None = {} if self.endpoint else None
        retries = {"mode": "standard", "max_attempts": 5}
        try:
            return _session(self.profile).client(
                service,
                endpoint_url=self.endpoint,
                region_name=self.region,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                config=Config(max_pool_connections=CONNECTIONS, retries=retries, proxies=proxies),
            )
        except BotoCoreError as error:
            raise _explained(error, Caller(f"use {service}", "", self.profile)) from error

    def iceberg(self) -> dict[str, str]:
        """Return the properties of PyIceberg's Glue catalog; PyIceberg has defaults for those that are left out.

        PyIceberg's clients know neither profiles nor SSO: they get the keys that boto3 finds, good for some hours.

        Raises:
            GiveUp: there are no credentials.
        """
        found = {"type": "glue", "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"}
        keys = {
            "access-key-id": self.access_key_id,
            "secret-access-key": self.secret_access_key,
            **({} if self.access_key_id else _keys(self.profile)),
        }
        for service in ("glue", "s3"):
            named = {"region": self.region, "endpoint": self.own_endpoint(service), **keys}
            found |= {f"{service}.{name}": value for name, value in named.items() if value is not None}
        return found

    def environment(self) -> dict[str, str]:
        """Return the environment variables that make any AWS tool speak to this target."""
        found = {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_PROFILE": self.profile,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_EC2_METADATA_DISABLED": "true" if self.endpoint else None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def account(self) -> str:
        """Return the number of the account that the credentials are of: twelve digits."""
        return str(self.client("sts").get_caller_identity()["Account"])

    @property
    def options(self) -> str:
        """The options of a command that mean this target, with a blank before each; empty for a local cloud."""
        if self.endpoint:
            return ""
        return f" --region {self.region}" + (f" --profile {self.profile}" if self.profile else "")

    @property
    def place(self) -> str:
        """The target in words."""
        return self.endpoint or self.region

    @property
    def is_aws(self) -> bool:
        """Whether AWS itself answers, and not something that stands for it."""
        return self.own_endpoint("s3") is None

    def own_endpoint(self, service: str) -> str | None:
        """Return a service's URL; None where it is AWS's, which every client knows."""
        url = str(self.client(service).meta.endpoint_url)
        return None if (urlsplit(url).hostname or "").endswith(".amazonaws.com") else url


def on_aws(profile: str | None = None, region: str | None = None) -> Target:
    """Return a Region of AWS as a target; by default the one of AWS_REGION, else of the profile. Asks AWS nothing.

    Raises:
        GiveUp: there is no such profile, or no Region is named, or it is outside the EU.
    """
    found = region or os.environ.get("AWS_REGION") or _session(profile).region_name
    if not found:
        raise GiveUp("no Region is named: give --region, or set AWS_REGION, or write `region` into the AWS profile")
    if found not in EU_REGIONS:
        raise GiveUp(f"photos of EU residents stay in the EU, and {found} is none of {', '.join(sorted(EU_REGIONS))}")
    _session(profile)  # an unknown profile is an error here, before anything else is done
    return Target(found, profile=profile)


@cache
def _session(profile: str | None) -> Any:
    """Return the session of all clients of a profile: each of them puts errors into words. Raises GiveUp."""
    import boto3  # imported late: the help of the command line would wait for it
    import botocore.session
    from botocore.exceptions import ProfileNotFound

    try:
        session = boto3.session.Session(profile_name=profile)
    except ProfileNotFound as error:
        known = ", ".join(botocore.session.Session().available_profiles) or "none"
        raise GiveUp(f"{error}; there are: {known}") from error
    session.events.register("creating-client-class", partial(_add_translation, profile))
    return session


def _keys(profile: str | None) -> dict[str, str | None]:
    found = _session(profile).get_credentials()
    if found is None:
        raise no_credentials("NoCredentialsError", "", Caller("read tables", "", profile))
    frozen = found.get_frozen_credentials()
    return {
        "access-key-id": frozen.access_key,
        "secret-access-key": frozen.secret_key,
        "session-token": frozen.token,
    }


def _add_translation(profile: str | None, class_attributes: dict[str, Any], base_classes: list[type], **_: Any) -> None:
    class_attributes["_profile"] = profile
    base_classes.insert(0, _Translating)


class _Translating:
    """A client's base class. All calls go through this one method, those of paginators and waiters too."""

    meta: Any
    _profile: str | None

    def _make_api_call(self, operation_name: str, arguments: dict[str, Any]) -> Any:
        from botocore import exceptions as botocore

        caller = Caller(operation_name, self.meta.endpoint_url, self._profile)
        try:
            return super()._make_api_call(operation_name, arguments)  # type: ignore[misc]
        except (botocore.ConnectionError, botocore.HTTPClientError) as error:
            raise no_answer(caller) from error
        except botocore.ClientError as error:
            explained = explained_code(*code_and_message(error.response), caller)
            if explained is None:
                raise
            raise explained from error
        except botocore.BotoCoreError as error:
            raise _explained(error, caller) from error


def _explained(error: Exception, caller: Caller) -> Exception:
    """Return what to raise for an error of botocore's own: itself, unless it is about credentials."""
    from botocore import exceptions as botocore

    about_credentials = (
        botocore.NoCredentialsError,
        botocore.PartialCredentialsError,
        botocore.CredentialRetrievalError,
        botocore.NoAuthTokenError,
        botocore.TokenRetrievalError,
        botocore.SSOError,
        botocore.LoginError,
    )
    return no_credentials(type(error).__name__, str(error), caller) if isinstance(error, about_credentials) else error
