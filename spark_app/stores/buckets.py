"""Open a bucket of S3, or a folder that stands for one, and get objects from it.

obstore does the work in native threads: at 7 KB an object it needs an eighth of the CPU that boto3 does
(`python -m benchmarks.fetch`).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store

from contracts.errors import GiveUp
from spark_app.stores.credentials import container_credentials
from spark_app.stores.uris import local_path

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult
    from obstore.store import S3Config


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where objects are. Credentials come from the environment or the job's role, as everywhere on AWS.

    `endpoint` is a URL to use in place of AWS; `folder` a `file://` URL whose sub-folders stand for buckets. S3 needs a
    `region`, even at an endpoint: photos must not go to a Region that nobody named.
    """

    region: str | None = None
    endpoint: str | None = None
    folder: str | None = None
    attempts: int = 4
    timeout_seconds: float = 30.0


def open_store(bucket: str, settings: StoreSettings, environment: Mapping[str, str] = os.environ) -> ObjectStore:
    """Open one bucket; nothing is sent to S3 yet. `environment` says where credentials come from.

    Raises:
        GiveUp: the settings name no Region.
        obstore.exceptions.BaseError: there is no such folder.
    """
    if settings.folder is not None:
        return LocalStore(local_path(settings.folder) / bucket)
    if not settings.region:
        raise GiveUp(f"s3://{bucket} is in no Region: give --region, or set AWS_REGION")
    config: S3Config = {"region": settings.region, "virtual_hosted_style_request": settings.endpoint is None}
    if settings.endpoint is not None:
        config["endpoint"] = settings.endpoint
    return S3Store(
        bucket,
        config=config,
        client_options={
            "timeout": timedelta(seconds=settings.timeout_seconds),
            "allow_http": settings.endpoint is not None,
        },
        retry_config={"max_retries": settings.attempts - 1, "retry_timeout": timedelta(minutes=2)},
        credential_provider=container_credentials(environment),
    )


def get_object(store: ObjectStore, key: str, options: "GetOptions") -> "GetResult":
    """Get one object by its key, letter by letter.

    Raises:
        ValueError: obstore cannot address the key; nothing was sent.
    """
    if not all(key.split("/")):
        # obstore drops a slash at either end, and would return another object.
        raise ValueError("a key with an empty part")
    return obstore.get(store, key, options=options)
