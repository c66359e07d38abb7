"""Take the paths of a build out of what it made."""

import pprint
import re
from pathlib import Path
from typing import Any


def neutralise(root: Path, paths: list[str]) -> None:
    """Take the paths of the build out of the only text that knows them: what sysconfig would tell a compiler."""
    (file,) = root.glob("lib/python3.11/_sysconfigdata_*.py")
    told: dict[str, Any] = {}
    exec(file.read_text(), told)  # noqa: S102  a literal that CPython's build wrote
    variables = {name: neutral(value, paths) for name, value in told["build_time_vars"].items()}
    file.write_text(f"build_time_vars = {pprint.pformat(variables)}\n")


def neutral(value: object, paths: list[str]) -> object:
    """Return a text without these paths: flags that name one are left out, others name `/environment`. Pure."""
    if not isinstance(value, str):
        return value
    for path in paths:
        value = re.sub(rf"-[IL]{re.escape(path)}/\S*?(?=['\s]|$)", "", value)
        value = re.sub(rf"{re.escape(path)}[^\s:'\"]*", "/environment", value)
    return " ".join(value.split())
