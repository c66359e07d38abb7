"""Fetch objects from S3, or from a folder laid out as buckets: the room that reads photos and small files.

obstore does the work in native threads: at 7 KB an object it needs an eighth of the CPU that boto3 does
(`python -m benchmarks.fetch`).
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore, S3Store

from contracts.errors import GiveUp, RetryLater
from contracts.photos.manifest import Photo
from contracts.photos.rejections import Rejection
from spark_app.photos.images import Rejected
from spark_app.photos.labels import label_of

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult
    from obstore.store import S3Config

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where objects are. Credentials come from the environment or the job's role, as everywhere on AWS.

    `endpoint` is a URL to use in place of AWS; `folder` a `file://` URL whose sub-folders stand for buckets. S3 needs a
    `region`, wherever it is: photos must not go to one that nobody named.
    """

    region: str | None = None
    endpoint: str | None = None
    folder: str | None = None
    attempts: int = 4
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An object's bytes, and the label that came with them."""

    data: bytes
    label: str | None


def open_store(bucket: str, settings: StoreSettings) -> ObjectStore:
    """Open one bucket. Nothing is sent yet. Raises GiveUp for S3 in no Region."""
    if settings.folder is not None:
        return LocalStore(_local(settings.folder) / bucket)
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
    )


def opened(bucket: str, settings: StoreSettings) -> ObjectStore | Rejected:
    """Open one bucket, or say that it is not there: a folder is looked at when it is opened, S3 when it is asked."""
    try:
        return open_store(bucket, settings)
    except exceptions.BaseError as error:
        return Rejected(Rejection.MISSING, type(error).__name__)


def fetch(store: ObjectStore, photo: Photo, max_bytes: int) -> Fetched | Rejected:
    """Get one photo's bytes, exactly the version that the manifest names. Never raises.

    A version wins over an etag; where the manifest has neither, whatever is there now is taken.
    """
    try:
        answer = _ask(store, photo.key, _exactly(photo))
        if answer.meta["size"] > max_bytes:
            return Rejected(Rejection.TOO_LARGE, f"{answer.meta['size']} bytes, the limit is {max_bytes}")
        label = label_of(photo.key, {str(name): value for name, value in answer.attributes.items()})
        return Fetched(bytes(answer.bytes()), label)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  a fence; a panic of the native client is no Exception
        code = _outcome(error)
        if code is Rejection.FORBIDDEN and _is_gone(store, photo.key):
            code = Rejection.MISSING
        return Rejected(code, type(error).__name__)


def _is_gone(store: ObjectStore, key: str) -> bool:
    """Return whether a listing that we are allowed shows no such key; False where it is refused or not answered.

    A role may list by prefix only. S3 knows of no prefix when it answers a GET, so to such a role an object that is not
    there is a 403, as one is that it may not read.
    """
    folder, _, name = key.rpartition("/")
    try:
        # The client lists what lies below a prefix, and never the prefix itself. So: the folder, from right before the
        # key on. Keys come in the order of their bytes, and the answer is cut into pages, of which the first will do.
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


def _ask(store: ObjectStore, key: str, options: "GetOptions") -> "GetResult":
    if not all(key.split("/")):
        # obstore drops a slash at either end, and would bring another object.
        raise ValueError("a key with an empty part")
    return obstore.get(store, key, options=options)


def _outcome(error: BaseException) -> Rejection:
    if isinstance(error, (exceptions.NotFoundError, FileNotFoundError)) or _is_delete_marker(error):
        return Rejection.MISSING
    if isinstance(error, (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError)):
        return Rejection.FORBIDDEN
    if isinstance(error, exceptions.PreconditionError):
        return Rejection.CHANGED
    if isinstance(error, (ValueError, exceptions.InvalidPathError)):  # raised before anything is sent
        return Rejection.UNADDRESSABLE
    return Rejection.UNAVAILABLE


def _is_delete_marker(error: BaseException) -> bool:
    # S3 answers 405 to a GET of a delete marker by its version. obstore has no class for it, only this sentence.
    return isinstance(error, exceptions.GenericError) and "non-2xx status code: 405" in str(error)


def read(uri: str, settings: StoreSettings) -> bytes:
    """Read one small object whole: `s3://bucket/key` (the key letter by letter), a `file://` URL or a plain path.

    Raises:
        GiveUp: it is not there, or may not be read.
        RetryLater: the store does not answer.
    """
    scheme, remote, _ = uri.partition("://")
    if not remote or scheme == "file":
        try:
            return _local(uri).read_bytes()
        except OSError as error:
            raise GiveUp(f"cannot read {uri}: {error.strerror}") from error
    bucket, key = _s3(uri)
    store = open_store(bucket, settings)
    try:
        return bytes(_ask(store, key, {}).bytes())
    except Exception as error:
        raise named_error(error, f"cannot read {uri}") from error


def write(uri: str, data: bytes, settings: StoreSettings) -> None:
    """Write one small object whole, where `read` would find it.

    Raises:
        GiveUp: it may not be written.
        RetryLater: the store does not answer.
    """
    scheme, remote, _ = uri.partition("://")
    if not remote or scheme == "file":
        target = _local(uri)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError as error:
            raise GiveUp(f"cannot write {uri}: {error.strerror}") from error
        return
    bucket, key = _s3(uri)
    store = open_store(bucket, settings)
    try:
        obstore.put(store, key, data)
    except Exception as error:
        raise named_error(error, f"cannot write {uri}") from error


def _s3(uri: str) -> tuple[str, str]:
    scheme, _, place = uri.partition("://")
    if scheme != "s3":
        raise GiveUp(f"{uri} is no place: give an s3:// or file:// URI, or a path")
    bucket, _, key = place.partition("/")
    return bucket, key


def named_error(error: Exception, what: str) -> RetryLater | GiveUp:
    """Return the error of our own for one of the client's: which family, and what was tried."""
    outcome = _outcome(error)
    family = RetryLater if outcome is Rejection.UNAVAILABLE else GiveUp
    return family(f"{what}: {outcome.value} ({type(error).__name__})")


def place_of(uri: str) -> tuple[Path | None, str, str]:
    """Return where a URI leads: a folder, or else a bucket and a key. Raises GiveUp for what is no place."""
    scheme, remote, _ = uri.partition("://")
    return (_local(uri), "", "") if not remote or scheme == "file" else (None, *_s3(uri))


def _local(place: str) -> Path:
    """A file:// URL is percent-decoded, a path is taken as it is."""
    return Path(unquote(urlsplit(place).path)) if place.startswith("file://") else Path(place)


@dataclass(frozen=True, slots=True)
class Window:
    """How much may be under way at once: requests, and bytes of photos that are not decoded yet."""

    requests: int = 32
    in_flight_bytes: int = 64_000_000


def prefetch(
    items: Iterable[Item], get: Callable[[Item], Answer], size: Callable[[Item], int], window: Window
) -> Generator[tuple[Item, Answer]]:
    """Yield `(item, get(item))` in order, fetching ahead in threads, bounded by `window`.

    One item is always under way, however large. Abandoning the iterator cancels what has not started.
    """
    waiting: deque[tuple[Item, Future[Answer]]] = deque()
    under_way = 0
    pool = ThreadPoolExecutor(window.requests, thread_name_prefix="fetch")
    try:
        for item in items:
            while waiting and (len(waiting) >= window.requests or under_way + size(item) > window.in_flight_bytes):
                done, future = waiting.popleft()
                under_way -= size(done)
                yield done, future.result()
            waiting.append((item, pool.submit(get, item)))
            under_way += size(item)
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
