"""Where things are kept: what costs minutes in a cache that all checkouts share, archives below `build/`."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from infra.emr.environment.inputs import ROOT
from infra.locks import hold_lock

ARCHIVES = ROOT / "build" / "environment"


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Return the cache: `FRUITS_CACHE`, else the user's cache folder; always in its `environment`."""
    if environ.get("FRUITS_CACHE"):
        return Path(environ["FRUITS_CACHE"]).resolve() / "environment"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fruits" / "environment"


def locked(folder: Path) -> AbstractContextManager[None]:
    """Hold a folder for the length of a `with`; wait while another process holds it."""
    return hold_lock(folder / ".lock")
