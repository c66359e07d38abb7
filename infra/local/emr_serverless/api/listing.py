"""Pages of lists. Pure. A token names the last item of its page, so items may come and change between two pages."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..rules.errors import ValidationError

_AT_MOST = 50


def page(
    items: Sequence[Any], key: Callable[[Any], str], wanted: Callable[[Any], bool], parameters: Mapping[str, Any]
) -> tuple[list[Any], str | None]:
    """Return the wanted items of the page that `maxResults` and `nextToken` ask for, and the next token.

    Raises ValidationError for a token that names no item.
    """
    begin = 0
    if parameters.get("nextToken"):
        last = _read(parameters["nextToken"])
        keys = [key(item) for item in items]
        if last not in keys:
            raise ValidationError("Invalid nextToken")
        begin = keys.index(last) + 1
    rest = [item for item in items[begin:] if wanted(item)]
    chosen = rest[: parameters.get("maxResults", _AT_MOST)]
    return chosen, _token(key(chosen[-1])) if len(rest) > len(chosen) else None


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _read(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        raise ValidationError("Invalid nextToken") from None
