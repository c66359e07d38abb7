"""Times as text in the ledger: UTC, in whole seconds, sorted by age. Pure."""

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """Return a time as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time(written: str) -> datetime:
    """Return the time that `text` wrote."""
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
