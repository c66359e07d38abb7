"""The label that an uploader gave a photo (pure)."""

import unicodedata
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header


def label_of(key: str, metadata: Mapping[str, str]) -> str | None:
    """Return the user metadata `label`, or else the folder in `uploads/<owner>/<label>/<name>`, or else None."""
    named = normalised(_decoded(metadata.get("label", "")))
    if named:
        return named
    parts = key.split("/")
    if len(parts) == 4 and parts[0] == "uploads" and all(parts):
        return normalised(parts[2])
    return None


def normalised(text: str) -> str | None:
    """Return a label as it is stored and compared: in Unicode's NFC, stripped; None for an empty one.

    macOS decomposes file names and Android does not: without this, "Pêche" would be two labels.
    """
    return unicodedata.normalize("NFC", text).strip() or None


def _decoded(value: str) -> str:
    # S3 sends non-ASCII metadata as encoded words (RFC 2047): açaí arrives as =?UTF-8?Q?a=C3=A7a=C3=AD?=.
    if not value.startswith("=?"):
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return value  # it only looks like an encoded word
