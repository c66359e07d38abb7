"""Upload photos to a bucket the way the app does."""

import re
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spark_app.photos.labels import normalised

AT_ONCE = 8
"""Uploads at the same time. ministack is one process: more do not make it faster."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A photo on disk; `label` is the fruit on it, None where that is unknown."""

    path: Path
    label: str | None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """One upload, as S3 has answered it. `received_at` is UTC."""

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

    A file directly in `folder` has no label. Any file counts, whatever its name: the pipeline rejects what is no photo.
    Hidden files and the licences beside the photos are left out.
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
    """Upload files in parallel, `AT_ONCE` of them; return the uploads in the order of `files`.

    Keys are `uploads/<owner>/<label>/<random>.jpg` in plain characters; the user metadata `label` has the label
    unchanged. The suffix is always the same and says nothing about the format. A photo's bytes are in memory only while
    they are sent. `on_progress(1)` is called after each upload. The first failure is raised and stops the rest.
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

    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(put, file) for file in files]
        try:
            return [_result(future, on_progress) for future in waiting]
        except BaseException:  # Ctrl-C too: uploads that have not begun are not sent
            pool.shutdown(cancel_futures=True)
            raise


def _result(future: Future[Uploaded], on_progress: Callable[[int], None] | None) -> Uploaded:
    uploaded = future.result()
    if on_progress is not None:
        on_progress(1)
    return uploaded


def _folder(label: str | None) -> str | None:
    """Return the key's folder in plain characters: unlike S3's, ministack's events do not URL-encode keys.

    A label that metadata cannot carry keeps its characters here.
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", label) if label and label.isascii() else label


def _metadata(label: str | None) -> dict[str, str]:
    """Return the user metadata. HTTP headers carry ASCII only: any other label stands in the key's folder."""
    return {"label": label} if label and label.isascii() else {}
