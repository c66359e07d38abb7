"""The rejection codes: why a photo has no features, and whether trying again may help.

Functions, jobs and the table `photos` use these codes. Never rename or reuse a code: old rows keep it for ever.
`docs/rejections.md` is the output of `as_markdown()`; a test keeps the two equal.
"""

from enum import StrEnum


class Rejection(StrEnum):
    """Why a photo has no features. The value is the code stored in the `rejection` column."""

    meaning: str
    """One sentence for the person who reads the row."""
    retryable: bool
    """True if the same bytes may succeed later: the cause lies outside of the photo."""

    def __new__(cls, code: str, meaning: str = "", retryable: bool = False) -> "Rejection":
        """Make a member: a `str` equal to its code, with its meaning and whether it may be retried."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.retryable = retryable
        return member

    # About the bytes: the same bytes always get the same code.
    EMPTY = "empty", "The object holds no bytes.", False
    TOO_LARGE = "too_large", "The object has more bytes than a photo may have.", False
    UNSUPPORTED_FORMAT = (
        "unsupported_format",
        "The bytes are no JPEG, PNG, WebP, HEIC or AVIF that we read.",
        False,
    )
    TRUNCATED = "truncated", "More than a sliver of the picture is missing: an upload was cut short.", False
    CORRUPT = "corrupt", "The bytes claim to be a picture, but no decoder can read them.", False
    TOO_MANY_PIXELS = (
        "too_many_pixels",
        "The photo has more pixels than we read of its format or have the memory to decode; a smaller one passes.",
        False,
    )
    BOMB = "bomb", "The file is built to cost far more memory or time than a photo may cost.", False

    # About the object in the store.
    MALFORMED_ENTRY = "malformed_entry", "The manifest says of the photo what its schema does not allow.", False
    MISSING = "missing", "There is no such object or version in the bucket.", False
    CHANGED = "changed", "The object is no longer the one named in the manifest.", False
    UNADDRESSABLE = (
        "unaddressable",
        "Our client cannot ask for such a name: a part of the key is empty or dots only, or holds a control character.",
        False,
    )
    FORBIDDEN = "forbidden", "The store refused to show us the object: a policy or a key does not allow it.", True
    UNAVAILABLE = "unavailable", "The store did not answer, or not completely, in spite of several tries.", True

    # About the worker.
    EXHAUSTED = "exhausted", "The worker ran out of memory while decoding; the photo itself may be sound.", True


def as_markdown() -> str:
    """Return the codes as a Markdown table, in the order of their definition."""
    rows = [f"| `{code.value}` | {code.meaning} | {'yes' if code.retryable else 'no'} |" for code in Rejection]
    return "\n".join(["| code | meaning | may be retried |", "| --- | --- | --- |", *rows]) + "\n"
