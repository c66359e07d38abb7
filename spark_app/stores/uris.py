"""Split the URI of an object into a path on this machine, or a bucket and a key (pure)."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from contracts.errors import GiveUp


def split_uri(uri: str) -> tuple[Path | None, str, str]:
    """Return the local path that a URI names, or else (None) its bucket and its key.

    `s3://bucket/key` is taken letter by letter; anything else is a `file://` URL or a plain path.

    Raises:
        GiveUp: the URI has another scheme.
    """
    scheme, remote, place = uri.partition("://")
    if not remote or scheme == "file":
        return local_path(uri), "", ""
    if scheme != "s3":
        raise GiveUp(f"{uri} has a scheme that is not read: give an s3:// or file:// URI, or a path")
    bucket, _, key = place.partition("/")
    return None, bucket, key


def local_path(uri: str) -> Path:
    """Return the path of a `file://` URL, percent-decoded, or of a plain path, as it is."""
    return Path(unquote(urlsplit(uri).path)) if uri.startswith("file://") else Path(uri)


def of_location(location: str) -> str:
    """Return the URI of a location in Iceberg: S3, or `file:` with one slash or three and no character encoded."""
    return "/" + location.removeprefix("file:").lstrip("/") if location.startswith("file:") else location
