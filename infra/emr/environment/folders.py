"""Where things are kept: what costs minutes in a cache that all checkouts share, archives below `build/`."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.emr.environment.inputs import ROOT

ARCHIVES = ROOT / "build" / "environment"


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Return the cache: `FRUITS_CACHE`, else the user's cache folder; always in its `environment`."""
    if environ.get("FRUITS_CACHE"):
        return Path(environ["FRUITS_CACHE"]).resolve() / "environment"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fruits" / "environment"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for the length of a `with`; wait while another process holds it. A crash leaves no lock behind."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
