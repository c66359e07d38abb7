"""The Iceberg jars: downloaded once from a Maven repository, checked against pinned SHA-256, and kept.

They lie in a cache that all checkouts share, so a second run needs no network. `DEFAULT_ARTIFACT_REPOSITORY` is the
base URL of a mirror, as it is for Spark. Proxies and `SSL_CERT_FILE` are honoured as by any Python program.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from itertools import accumulate
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from urllib.request import build_opener

from contracts.errors import GiveUp, RetryLater
from contracts.jobs import emr_release
from contracts.jobs.emr_release import Jar, Release
from infra.locks import hold_lock

MAVEN_CENTRAL = "https://repo1.maven.org/maven2"
TRIES = 3
Progress = Callable[[int, int], None]
"""Takes the bytes so far and the bytes in all."""
Open = Callable[[str], IO[bytes]]
"""Opens a URL to read from. It, and the stream that it returns, raise OSError or HTTPException."""
_CHUNK_BYTES = 1 << 20
_SILENCE_SECONDS = 60.0


def iceberg_jars(
    environ: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
    release: Release = emr_release.IN_USE,
) -> list[Path]:
    """Return the paths of a release's jars; download what is missing. See `JarCache.fetch` for the errors."""
    environ = os.environ if environ is None else environ
    return JarCache(cache_dir(environ), repository(environ)).fetch(release.jars, on_progress)


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Return where the jars are kept: `FRUITS_CACHE`, else the user's cache folder; always in its `jars`."""
    if environ.get("FRUITS_CACHE"):
        return Path(environ["FRUITS_CACHE"]) / "jars"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fruits" / "jars"


def repository(environ: Mapping[str, str]) -> str:
    """Return the base URL of the Maven repository. Raises GiveUp for a setting that is no URL."""
    url = environ.get("DEFAULT_ARTIFACT_REPOSITORY") or MAVEN_CENTRAL
    if urlsplit(url).scheme not in ("https", "http", "file"):
        raise GiveUp("DEFAULT_ARTIFACT_REPOSITORY is no URL: give the base URL of a Maven mirror, https://…")
    return url


def open_url(url: str) -> IO[bytes]:
    """Open a URL through the environment's proxies, by the environment's certificate authorities."""
    stream: IO[bytes] = build_opener().open(url, timeout=_SILENCE_SECONDS)
    return stream


@dataclass(frozen=True, slots=True)
class JarCache:
    """A folder of jars, and the Maven repository that they come from."""

    folder: Path
    repository: str
    """Its base URL."""
    open: Open = open_url

    def fetch(self, jars: Sequence[Jar], on_progress: Progress | None = None) -> list[Path]:
        """Return the jars' paths, in the order of `jars`; download those that are missing or damaged first.

        Raises:
            RetryLater: a download failed `TRIES` times.
            GiveUp: what came is not what is pinned, or the folder cannot be used. In any case no half file is left.
        """
        try:
            if not all(map(self._has, jars)):
                with hold_lock(self.folder / ".lock"):  # another process may have fetched them while we waited
                    self._download([jar for jar in jars if not self._has(jar)], on_progress)
        except OSError as error:
            raise GiveUp(
                f"cannot keep jars in {self.folder}: {error}. Make room, or set FRUITS_CACHE to a folder of yours."
            ) from error
        return [self.folder / jar.file_name for jar in jars]

    def _has(self, jar: Jar) -> bool:
        """Check the bytes and not just the name: a cache lives long. Hashing 110 MB takes a fraction of a second."""
        path = self.folder / jar.file_name
        if not path.is_file() or path.stat().st_size != jar.pin.size_bytes:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == jar.pin.sha256

    def _download(self, jars: Sequence[Jar], on_progress: Progress | None) -> None:
        *starts, total = accumulate((jar.pin.size_bytes for jar in jars), initial=0)
        for jar, start in zip(jars, starts, strict=True):

            def report(done: int, start: int = start) -> None:
                if on_progress is not None:
                    on_progress(min(start + done, total), total)

            self._download_one(jar, report)

    def _download_one(self, jar: Jar, report: Callable[[int], None]) -> None:
        """Download into a file of its own, check, and only then rename: a jar is there whole, or not."""
        part = self.folder / f".{jar.file_name}.part"
        try:
            digest = self._receive_at_last(jar, part, report)
            if digest != jar.pin.sha256:
                raise GiveUp(
                    f"{jar.coordinate} came with SHA-256 {digest}, but {jar.pin.sha256} is pinned: nothing was kept. "
                    "Ask whoever runs your Maven mirror; do not change the pin before you know why."
                )
            part.replace(self.folder / jar.file_name)
        finally:
            part.unlink(missing_ok=True)

    def _receive_at_last(self, jar: Jar, part: Path, report: Callable[[int], None]) -> str:
        for _ in range(TRIES - 1):
            try:
                return self._receive(jar, part, report)
            except RetryLater:
                continue
        return self._receive(jar, part, report)

    def _receive(self, jar: Jar, part: Path, report: Callable[[int], None]) -> str:
        """Write what the repository sends, at most a chunk more than the jar has; return its SHA-256."""
        digest, done = hashlib.sha256(), 0
        with part.open("wb") as file:
            for chunk in self._chunks(jar):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                report(done)
                if done > jar.pin.size_bytes:
                    break
        if done < jar.pin.size_bytes:
            raise self._failure(jar, f"{done} of {jar.pin.size_bytes} bytes came")
        return digest.hexdigest()

    def _chunks(self, jar: Jar) -> Iterator[bytes]:
        try:
            with self.open(f"{self.repository.rstrip('/')}/{jar.path}") as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    yield chunk
        except (OSError, HTTPException) as error:
            raise self._failure(jar, str(error).strip() or type(error).__name__) from error

    def _failure(self, jar: Jar, reason: str) -> RetryLater:
        asked = urlsplit(self.repository).hostname or self.repository
        return RetryLater(
            f"could not download {jar.coordinate} from {asked} ({TRIES} tries): {reason}. A network connection is "
            f"needed once; afterwards the jars are kept in {self.folder}. Behind a firewall, set "
            "DEFAULT_ARTIFACT_REPOSITORY to the base URL of a Maven mirror that you can reach. If a certificate is not "
            "trusted, set SSL_CERT_FILE to a file of the authorities that this machine trusts."
        )
