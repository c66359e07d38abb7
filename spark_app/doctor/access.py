"""What this run may do, and as whom: credentials, an object that is not there, the clock that signatures need."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

from spark_app.stores.buckets import StoreSettings, get_object, open_store
from spark_app.stores.credentials import FULL_URI, KEY_ID, RELATIVE_URI, container_credentials
from spark_app.stores.failures import rejection_of
from spark_app.stores.uris import split_uri

FOUND = "found"
_TIMEOUT_SECONDS = 10.0


def python_credentials(environment: Mapping[str, str], now: Callable[[], datetime]) -> dict[str, Any]:
    """Get credentials as our stores do; return where they come from, and for how many seconds they are good.

    Raises:
        GiveUp, RetryLater: as `ContainerCredentials`.
    """
    provider = container_credentials(environment)
    if provider is None:
        return {"source": _own_source(environment), "good_for_seconds": None}
    expires = provider().get("expires_at")
    left = None if expires is None else round((expires - now()).total_seconds())
    return {"source": FULL_URI, "good_for_seconds": left}


def missing(folder: str, settings: StoreSettings) -> str:
    """Get an object that is not there from an s3:// folder: `missing` where S3 answers 404, `forbidden` where 403."""
    _, bucket, key = split_uri(f"{folder}/doctor/{uuid4().hex}")
    try:
        get_object(open_store(bucket, settings), key, {})
    except Exception as error:  # noqa: BLE001  the error is what was asked for
        return rejection_of(error).value
    return FOUND


def clock_skew(uri: str, settings: StoreSettings, now: Callable[[], datetime]) -> float:
    """Return by how many seconds S3's clock is ahead of ours. S3 says the time to anybody, to the second.

    Raises:
        OSError: no answer.
        ValueError: an answer without a date.
    """
    _, bucket, _ = split_uri(uri)
    endpoint = settings.endpoint or f"https://s3.{settings.region}.amazonaws.com"
    before = now()
    date = _date_of(f"{endpoint}/{bucket}/")
    middle = before + (now() - before) / 2
    return round((parsedate_to_datetime(date).astimezone(UTC) - middle).total_seconds() + 0.5, 1)


def _date_of(url: str) -> str:
    request = Request(url, method="HEAD")  # noqa: S310  https, or the endpoint that the run was given
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT_SECONDS) as answer:
            headers = answer.headers
    except HTTPError as refused:  # nobody asked for the object
        headers = refused.headers
    date = headers.get("Date")
    if not date:
        raise ValueError("S3 answered without a date")
    return str(date)


def _own_source(environment: Mapping[str, str]) -> str:
    """Return where obstore finds credentials by itself."""
    return next((name for name in (KEY_ID, RELATIVE_URI) if environment.get(name)), "the chain of obstore")
