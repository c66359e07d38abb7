"""Fetch a photo: exactly the object that the manifest names, or a named rejection."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import obstore
from obstore import exceptions
from obstore.store import ObjectStore

from contracts.photos.manifest import Photo
from contracts.photos.rejections import Rejection
from spark_app.photos.images import Rejected
from spark_app.photos.labels import label_of
from spark_app.stores.buckets import StoreSettings, get_object, open_store
from spark_app.stores.failures import rejection_of

if TYPE_CHECKING:
    from obstore import GetOptions


@dataclass(frozen=True, slots=True)
class Fetched:
    """An object's bytes, and the label that came with them."""

    data: bytes
    label: str | None


def open_or_reject(bucket: str, settings: StoreSettings) -> ObjectStore | Rejected:
    """Open one bucket, or reject its photos where the bucket is missing.

    Only a folder is looked for here: S3 names a missing bucket in its answer to the first request.
    """
    try:
        return open_store(bucket, settings)
    except exceptions.BaseError as error:
        return Rejected(Rejection.MISSING, type(error).__name__)


def fetch(store: ObjectStore, photo: Photo, max_bytes: int) -> Fetched | Rejected:
    """Get one photo's bytes, exactly the version that the manifest names. Never raises.

    A version wins over an etag; where the manifest has neither, the present object is taken.
    """
    try:
        answer = get_object(store, photo.key, _exactly(photo))
        if answer.meta["size"] > max_bytes:
            return Rejected(Rejection.TOO_LARGE, f"{answer.meta['size']} bytes, the limit is {max_bytes}")
        label = label_of(photo.key, {str(name): value for name, value in answer.attributes.items()})
        return Fetched(bytes(answer.bytes()), label)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  a boundary; a panic of the native client is no Exception
        code = rejection_of(error)
        if code is Rejection.FORBIDDEN and _is_gone(store, photo.key):
            code = Rejection.MISSING
        return Rejected(code, type(error).__name__)


def _is_gone(store: ObjectStore, key: str) -> bool:
    """Return whether a listing that our role is allowed shows no such key; False where S3 refuses or fails to list.

    Our role may list some prefixes only. S3 does not know the prefix when it answers a GET, so it answers 403 for a
    missing object as it does for a forbidden one.
    """
    folder, _, name = key.rpartition("/")
    try:
        # obstore lists what lies below a prefix, never the prefix itself. So list the folder, from just before the key.
        # Keys come in the order of their bytes, so the first page is enough.
        before = f"{folder}/{name[:-1]}" if folder else name[:-1]
        page = next(iter(obstore.list(store, prefix=folder or None, offset=before)), [])
        return not any(found["path"] == key for found in page)
    except Exception:  # noqa: BLE001  whatever it is, the refusal stands
        return False


def _exactly(photo: Photo) -> "GetOptions":
    if photo.version_id and photo.version_id != "null":
        return {"version": photo.version_id}
    if not photo.etag:
        return {}
    if not photo.etag.isprintable():
        raise ValueError("an etag that no header can carry")  # obstore would panic
    return {"if_match": f'"{photo.etag.strip(chr(34))}"'}
