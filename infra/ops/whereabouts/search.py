"""Find a photo by its S3 key, its file name or its id: all versions that bucket, ledger or table know."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.domain.states import PhotoState
from contracts.errors import GiveUp
from infra.ops.bucket_versions import Version, versions
from infra.ops.photo_rows import PhotoRow, PhotoRows
from infra.ops.pipeline import Pipeline
from infra.ops.whereabouts.places import Traces

PREFIX = "uploads/"
"""Below it lie the uploads; a test holds it to the template's."""
_ID = re.compile("[0-9a-f]{32}")
_OPEN = frozenset({PhotoState.CLAIMED, PhotoState.QUARANTINED})


@dataclass(frozen=True, slots=True)
class PhotoSearch:
    """Looks for photos of a deployed stack."""

    pipeline: Pipeline
    rows: PhotoRows

    def find(self, asked: str) -> list[Traces]:
        """Return the photos that are meant by a key, `s3://bucket/key`, a file name or an id; the oldest version first.

        A key or an id that is known is a request or two. A file name, or an id that neither ledger nor table knows, is
        a list of the whole bucket, a thousand versions a request.

        Raises:
            GiveUp: there is no such photo.
        """
        found = self._by_id(asked) if _ID.fullmatch(asked) else self._by_key(asked)
        if not found:
            raise GiveUp(
                f"no photo {asked}: not below {PREFIX} of {self.pipeline.stack.photos_bucket}, and in no row. It was "
                "never uploaded, or it was erased. Give the whole key, the file name, or the 32 digits of its id"
            )
        return sorted(found, key=lambda one: str(one.uploaded_at))

    def _by_id(self, asked: str) -> list[Traces]:
        entry, rows = self.pipeline.photo_of(asked), self.rows.of([asked])
        key = entry.upload.key if entry else rows[0].key if rows else None
        seen = (one for one in self._versions(key or PREFIX) if one.photo_id == asked)
        return self._traces(list(seen) if key is None else _first(seen), rows, [asked] if entry else [])

    def _by_key(self, asked: str) -> list[Traces]:
        key = asked.removeprefix(f"s3://{self.pipeline.stack.photos_bucket}/")
        if "/" in key:
            return self._traces([one for one in self._versions(key) if one.key == key], self.rows.of_key(key))
        return self._traces([one for one in self._versions(PREFIX) if one.name == key], self.rows.of_name(key))

    def _versions(self, prefix: str) -> Iterator[Version]:
        return versions(self.pipeline.s3, self.pipeline.stack.photos_bucket, prefix)

    def _traces(self, seen: Sequence[Version], rows: Sequence[PhotoRow], more: Iterable[str] = ()) -> list[Traces]:
        by_id = {one.photo_id: one for one in seen}
        missing = [one for one in by_id if one not in {row.photo_id for row in rows}]
        rows = [*rows, *self.rows.of(missing)]
        return [self._trace(one, by_id.get(one), rows) for one in {*by_id, *(row.photo_id for row in rows), *more}]

    def _trace(self, name: str, version: Version | None, rows: Sequence[PhotoRow]) -> Traces:
        entry = self.pipeline.photo_of(name)
        own = tuple(row for row in rows if row.photo_id == name)
        known = version or (entry and entry.upload) or own[0]
        batch = self.pipeline.batch(entry.batch_id) if entry and entry.batch_id and entry.state in _OPEN else None
        bucket, kind = self.pipeline.stack.photos_bucket, self._content_type(version) if version else None
        return Traces(name, bucket, known.key, known.version_id, version, entry, own, batch, kind)

    def _content_type(self, version: Version) -> str | None:
        asked = {"Bucket": version.bucket, "Key": version.key, "VersionId": version.version_id}
        try:
            return str(self.pipeline.s3.head_object(**asked)["ContentType"])
        except (GiveUp, self.pipeline.s3.exceptions.ClientError):  # gone since, or nobody may read photos
            return None


def open_search(pipeline: Pipeline) -> PhotoSearch:
    """Return a search over a deployed stack; nothing is read yet."""
    return PhotoSearch(pipeline, PhotoRows(pipeline.target, f"{pipeline.stack.glue_database}.photos"))


def _first(seen: Iterator[Version]) -> list[Version]:
    found = next(seen, None)
    return [] if found is None else [found]
