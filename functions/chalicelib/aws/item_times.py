"""Times as the ledger keeps them: UTC, whole seconds, and text that sorts by age. Pure."""

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """Write a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time(written: str) -> datetime:
    """Read what `text` wrote."""
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
