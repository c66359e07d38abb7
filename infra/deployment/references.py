"""What a part of a template refers to. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

MARK = re.compile(r"\$\{([^}!]+)\}")
"""`${Name}` within `Fn::Sub`."""


def referred(part: Any) -> Iterator[str]:
    """Yield the names of parameters and resources that `Ref`, `Fn::GetAtt` and `Fn::Sub` refer to."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from _of(key, value)
    elif isinstance(part, list):
        for one in part:
            yield from referred(one)


def _of(key: str, value: Any) -> Iterator[str]:
    if key == "Ref":
        yield value
    elif key == "Fn::GetAtt":
        yield value[0] if isinstance(value, list) else str(value).split(".")[0]
    elif key == "Fn::Sub" and isinstance(value, str):
        yield from (name.split(".")[0] for name in MARK.findall(value))
    else:
        yield from referred(value)
