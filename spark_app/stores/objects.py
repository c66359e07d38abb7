"""Read and write small objects whole, by their URIs."""

import obstore

from contracts.errors import GiveUp
from spark_app.stores.buckets import StoreSettings, get_object, open_store
from spark_app.stores.failures import job_error
from spark_app.stores.uris import split_uri


def read_object(uri: str, settings: StoreSettings) -> bytes:
    """Read one small object: `s3://bucket/key` (the key letter by letter), a `file://` URL or a plain path.

    Raises:
        GiveUp: the object is missing, or may not be read.
        RetryLater: the store does not answer.
    """
    path, bucket, key = split_uri(uri)
    if path is not None:
        try:
            return path.read_bytes()
        except OSError as error:
            raise GiveUp(f"cannot read {uri}: {error.strerror}") from error
    store = open_store(bucket, settings)
    try:
        return bytes(get_object(store, key, {}).bytes())
    except Exception as error:
        raise job_error(error, f"cannot read {uri}") from error


def write_object(uri: str, data: bytes, settings: StoreSettings) -> None:
    """Write one small object where `read_object` finds it; missing folders are created.

    Raises:
        GiveUp: the object may not be written.
        RetryLater: the store does not answer.
    """
    path, bucket, key = split_uri(uri)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise GiveUp(f"cannot write {uri}: {error.strerror}") from error
        return
    store = open_store(bucket, settings)
    try:
        obstore.put(store, key, data)
    except Exception as error:
        raise job_error(error, f"cannot write {uri}") from error
