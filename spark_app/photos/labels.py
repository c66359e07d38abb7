"""The label of a photo, where the uploader gave one (pure)."""

import unicodedata
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header


def label_of(key: str, metadata: Mapping[str, str]) -> str | None:
    """Return the object's user metadata `label`; else the folder in `uploads/<owner>/<label>/<name>`; else None."""
    named = normalised(_decoded(metadata.get("label", "")))
    if named:
        return named
    parts = key.split("/")
    if len(parts) == 4 and parts[0] == "uploads" and all(parts):
        return normalised(parts[2])
    return None


def normalised(text: str) -> str | None:
    """Return a label as it is kept and compared: composed (Unicode's NFC), no space around it; None for no label.

    A Mac's file names are decomposed and Android's are not: without this "Pêche" would be two labels.
    """
    return unicodedata.normalize("NFC", text).strip() or None


def _decoded(value: str) -> str:
    # S3 sends metadata that is not ASCII as encoded words, RFC 2047: açaí arrives as =?UTF-8?Q?a=C3=A7a=C3=AD?=.
    if not value.startswith("=?"):
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return value  # it only looked like one
