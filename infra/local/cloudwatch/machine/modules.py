"""ministack's modules, by name: this project is checked without ministack, which has an environment of its own."""

import importlib
from typing import Any


def ministack(name: str) -> Any:
    """Return a module of ministack, such as `services.sqs`."""
    return importlib.import_module(f"ministack.{name}")
