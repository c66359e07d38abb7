"""Photos uploaded to a bucket the way the app uploads them."""

import re
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.ops.target import CONNECTIONS
from spark_app.photos.labels import normalised


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A photo on disk and the fruit on it, where that is known."""

    path: Path
    label: str | None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What S3 said of one upload. `received_at` is UTC."""

    source: Path
    bucket: str
    key: str
    version_id: str | None
    etag: str
    size_bytes: int
    received_at: datetime
    label: str | None
    owner_id: str


def labelled_files(folder: Path) -> list[LabelledFile]:
    """Return every file under `folder`, sorted by path, labelled by its parent folder's name.

    A file directly in `folder` has no label. Any file counts, whatever its name: what is no photo is rejected later,
    by name. Hidden files and the licences beside the photos are left out.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        LabelledFile(path, normalised(path.parent.name) if path.parent != folder else None)
        for path in files
        if not path.name.startswith(".") and path.name not in {"LICENSE", "README.md"}
    ]


def upload(
    s3: Any,
    bucket: str,
    files: Iterable[LabelledFile],
    owner_id: str,
    *,
    on_progress: Callable[[int], None] | None = None,
    random_name: Callable[[], str] = lambda: uuid.uuid4().hex,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Uploaded]:
    """Upload files in parallel, a bounded number at once; return what S3 said, in the order of `files`.

    Keys are `uploads/<owner>/<label>/<random>.jpg` in plain characters; the label as it is stands in the user metadata
    `label`. The ending is always the same and says nothing about the format. A photo's bytes are in memory only while
    they are sent. `on_progress(1)` is called after each. The first failure is raised; what has not begun is not sent.
    """

    def put(file: LabelledFile) -> Uploaded:
        body = file.path.read_bytes()
        key = "/".join(part for part in ("uploads", owner_id, _folder(file.label), f"{random_name()}.jpg") if part)
        answer = s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=_metadata(file.label))
        return Uploaded(
            source=file.path,
            bucket=bucket,
            key=key,
            version_id=answer.get("VersionId"),
            etag=answer["ETag"],
            size_bytes=len(body),
            received_at=clock(),
            label=file.label,
            owner_id=owner_id,
        )

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        waiting = [pool.submit(put, file) for file in files]
        try:
            return [_result(future, on_progress) for future in waiting]
        except BaseException:  # Ctrl-C too: what has not begun need not begin
            pool.shutdown(cancel_futures=True)
            raise


def _result(future: Future[Uploaded], on_progress: Callable[[int], None] | None) -> Uploaded:
    uploaded = future.result()
    if on_progress is not None:
        on_progress(1)
    return uploaded


def _folder(label: str | None) -> str | None:
    """Return the key's folder: plain characters only, as ministack's events do not URL-encode keys as S3's do.

    The label itself is then in the metadata. One that cannot be there stays as it is.
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", label) if label and label.isascii() else label


def _metadata(label: str | None) -> dict[str, str]:
    """User metadata is sent as HTTP headers, ASCII only: any other label is left to the key's folder."""
    return {"label": label} if label and label.isascii() else {}
