"""The Iceberg jars, by Maven coordinates, resolved by Spark's own Ivy, checked against pinned SHA-256, kept for later.

They land in a cache that every checkout shares, so a second run needs no network. A mirror is configured as for any
Spark: `DEFAULT_ARTIFACT_REPOSITORY` (a base URL), or `FRUITS_IVY_SETTINGS` (an `ivysettings.xml`).
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import GiveUp, RetryLater
from infra.local import ivy

Progress = Callable[[int, int], None]
TRIES = 3
_STAGING = ".download-"


@dataclass(frozen=True, slots=True)
class Jar:
    """A jar as Maven names it (`group:artifact:version`), and the bytes that it must be."""

    coordinate: str
    sha256: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        """`artifact-version.jar`."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


ICEBERG = (
    Jar(
        "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.1",
        "39ea09e6c03550a300b9d9ab498949836d2d434e441da4c12a943a086e396940",
        47_140_434,
    ),
    Jar(
        "org.apache.iceberg:iceberg-aws-bundle:1.10.1",
        "86bf20892ea5b4c17688f19b075399885f6aa5303f6b2dc9f491e76ceef9633b",
        62_673_230,
    ),
)


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Return where the jars are kept: `FRUITS_CACHE`, else the user's cache folder; always in its `jars`."""
    if environ.get("FRUITS_CACHE"):
        return Path(environ["FRUITS_CACHE"]) / "jars"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fruits" / "jars"


def iceberg_jars(
    environ: Mapping[str, str] | None = None, *, jars: Sequence[Jar] = ICEBERG, on_progress: Progress | None = None
) -> list[Path]:
    """Return the jars' paths, in the order of `jars`; those that are missing or damaged are downloaded first.

    `on_progress(bytes so far, bytes in all)` is called while downloading. Raises RetryLater when the download fails,
    GiveUp when what came is not what is pinned. Either way no half file is left.
    """
    environ = os.environ if environ is None else environ
    folder = cache_dir(environ)
    if not all(_is_whole(folder / jar.file_name, jar) for jar in jars):
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            lacking = [jar for jar in jars if not _is_whole(folder / jar.file_name, jar)]
            if lacking:  # else another process has fetched them while we waited
                _download(lacking, folder, environ, on_progress)
    return [folder / jar.file_name for jar in jars]


def _download(jars: Sequence[Jar], folder: Path, environ: Mapping[str, str], on_progress: Progress | None) -> None:
    """Resolve into a folder of its own beside the cache, check, and only then move: a jar is there whole, or not."""
    coordinates = [jar.coordinate for jar in jars]
    total = sum(jar.size_bytes for jar in jars)
    log, trust_machine = "", False

    def tell(done: int) -> None:
        if on_progress is not None:
            on_progress(min(done, total), total)

    for left_by_a_killed_run in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory(dir=folder, prefix=_STAGING) as staging:
            log, resolved = ivy.resolve(coordinates, Path(staging), environ, trust_machine, tell)
            if all(coordinate in resolved for coordinate in coordinates):
                for jar in jars:
                    _adopt(resolved[jar.coordinate], folder / jar.file_name, jar)
                return
        trust_machine = trust_machine or "PKIX path building failed" in log
    raise RetryLater(
        f"could not download {', '.join(coordinates)} ({TRIES} tries). A network connection is needed once; afterwards "
        f"the jars are kept in {folder}. A Maven mirror is set with DEFAULT_ARTIFACT_REPOSITORY (its base URL) or "
        f"FRUITS_IVY_SETTINGS (an ivysettings.xml). Spark said: {ivy.reason(log)}"
    )


def _adopt(resolved: Path, target: Path, jar: Jar) -> None:
    digest = _sha256(resolved)
    if digest != jar.sha256:
        raise GiveUp(
            f"{jar.coordinate} came with SHA-256 {digest}, but {jar.sha256} is pinned: nothing was kept. "
            "Ask whoever runs your Maven mirror; do not change the pin before you know why."
        )
    resolved.replace(target)


def _is_whole(path: Path, jar: Jar) -> bool:
    """Check the bytes and not just the name: a cache lives long, and 110 MB are hashed in a fraction of a second."""
    return path.is_file() and path.stat().st_size == jar.size_bytes and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the cache's lock: two runs that start together download once."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
