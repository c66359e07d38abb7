"""The label of a photo, where the uploader gave one (pure)."""

from collections.abc import Mapping


def label_of(key: str, metadata: Mapping[str, str]) -> str | None:
    """Return the object's user metadata `label`; else the folder in `uploads/<owner>/<label>/<name>`; else None."""
    named = metadata.get("label", "").strip()
    if named:
        return named
    parts = key.split("/")
    if len(parts) == 4 and parts[0] == "uploads" and all(parts):
        return parts[2]
    return None
