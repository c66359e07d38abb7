"""Jars from a Maven repository, which here is a server of this process: whole and as pinned, or not at all."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Thread
from typing import IO
from urllib.request import ProxyHandler, build_opener

import pytest

from contracts.errors import GiveUp, RetryLater
from contracts.jobs.emr_release import IN_USE, Jar, Pin
from infra.local.jars import MAVEN_CENTRAL, TRIES, JarCache, cache_dir, iceberg_jars, repository

CONTENT = bytes(range(256)) * 10_000  # more than one chunk
PATH = "/maven2/org/orchard/tiny/1.0/tiny-1.0.jar"


def jar(artifact: str, content: bytes = CONTENT) -> Jar:
    return Jar("org.orchard", artifact, "1.0", Pin(hashlib.sha256(content).hexdigest(), len(content)))


TINY, SMALL = jar("tiny"), jar("small", b"small")


@dataclass
class Repository:
    """What the server has, by path, and what it was asked for.

    `failures` come first: a status, or below zero so many bytes that are promised and do not come.
    """

    files: dict[str, bytes]
    failures: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve(repository: Repository) -> Iterator[Repository]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            repository.asked.append(self.path)
            content, failure = repository.files.get(self.path), repository.failures.pop(0) if repository.failures else 0
            if content is None or failure > 0:
                self.send_error(failure or 404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) + failure])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        repository.url = f"http://127.0.0.1:{server.server_address[1]}/maven2/"
        try:
            yield repository
        finally:
            server.shutdown()
            thread.join()


def open_direct(url: str) -> IO[bytes]:
    """Open a URL past any proxy of this machine."""
    stream: IO[bytes] = build_opener(ProxyHandler({})).open(url, timeout=10)
    return stream


@pytest.fixture
def maven() -> Iterator[Repository]:
    with serve(Repository({PATH: CONTENT, PATH.replace("tiny", "small"): b"small"})) as repository:
        yield repository


@pytest.fixture
def cache(tmp_path: Path, maven: Repository) -> JarCache:
    return JarCache(tmp_path / "cache" / "jars", maven.url, open_direct)


def files(cache: JarCache) -> list[str]:
    return sorted(path.name for path in cache.folder.iterdir() if path.name != ".lock")


def test_a_jar_comes_from_the_repository_and_then_from_the_cache_without_any_network(
    cache: JarCache, maven: Repository
) -> None:
    (path,) = cache.fetch([TINY])
    assert path.read_bytes() == CONTENT
    assert JarCache(cache.folder, "http://127.0.0.1:9/nobody").fetch([TINY]) == [path]
    assert files(cache) == ["tiny-1.0.jar"]
    assert maven.asked == [PATH]


def test_progress_grows_to_the_bytes_in_all_and_counts_only_what_is_missing(cache: JarCache) -> None:
    progress: list[tuple[int, int]] = []
    cache.fetch([SMALL, TINY], lambda done, total: progress.append((done, total)))
    assert {total for _, total in progress} == {len(CONTENT) + 5}
    assert all(before[0] < after[0] for before, after in pairwise(progress))
    assert progress[-1][0] == len(CONTENT) + 5
    progress.clear()
    assert [path.name for path in cache.fetch([SMALL, TINY], lambda *told: progress.append(told))] == [
        "small-1.0.jar",
        "tiny-1.0.jar",
    ]
    assert progress == []


@pytest.mark.parametrize("other", [CONTENT[:-1] + b"\0", CONTENT + b"\0" * 5_000_000], ids=["one byte", "longer"])
def test_other_bytes_than_the_pinned_are_refused_and_not_kept(cache: JarCache, maven: Repository, other: bytes) -> None:
    maven.files[PATH] = other
    with pytest.raises(GiveUp, match="is pinned: nothing was kept"):
        cache.fetch([TINY])
    assert files(cache) == []
    assert len(maven.asked) == 1


def test_a_jar_that_the_repository_lacks_is_an_error_that_says_what_was_wanted_and_what_to_do(cache: JarCache) -> None:
    with pytest.raises(RetryLater) as refused:
        cache.fetch([jar("unheard-of")])
    message = str(refused.value)
    assert "org.orchard:unheard-of:1.0 from 127.0.0.1" in message
    assert "Not Found" in message
    assert "DEFAULT_ARTIFACT_REPOSITORY" in message
    assert "SSL_CERT_FILE" in message
    assert files(cache) == []


def test_offline_the_error_says_why_it_failed_and_what_to_do(tmp_path: Path) -> None:
    nobody = JarCache(tmp_path, "http://127.0.0.1:9", open_direct)
    with pytest.raises(RetryLater, match=r"refused.* A network connection is needed once") as refused:
        nobody.fetch([TINY])
    assert str(tmp_path) in str(refused.value)
    assert files(nobody) == []


@pytest.mark.parametrize("failures", [[503, 500], [-1000, -1], [-len(CONTENT), 999]], ids=str)
def test_a_download_that_breaks_off_is_tried_again_and_leaves_no_half_file(
    cache: JarCache, maven: Repository, failures: list[int]
) -> None:
    maven.failures = list(failures)
    (path,) = cache.fetch([TINY])
    assert path.read_bytes() == CONTENT
    assert files(cache) == ["tiny-1.0.jar"]
    assert len(maven.asked) == len(failures) + 1 == TRIES


def test_after_the_last_try_it_is_an_error_and_nothing_is_left(cache: JarCache, maven: Repository) -> None:
    maven.failures = [-1000] * TRIES
    with pytest.raises(RetryLater, match=f"{len(CONTENT) - 1000} of {len(CONTENT)} bytes came"):
        cache.fetch([TINY])
    assert len(maven.asked) == TRIES
    assert files(cache) == []


def test_a_damaged_jar_in_the_cache_is_fetched_again(cache: JarCache) -> None:
    cache.folder.mkdir(parents=True)
    (cache.folder / TINY.file_name).write_bytes(CONTENT[:-1] + b"\x01")  # the right size, one bit off
    (cache.folder / ".tiny-1.0.jar.part").write_bytes(b"of a killed run")
    (path,) = cache.fetch([TINY])
    assert path.read_bytes() == CONTENT
    assert files(cache) == ["tiny-1.0.jar"]


def test_two_that_start_together_download_once(cache: JarCache, maven: Repository) -> None:
    start = Barrier(2)

    def fetch(_: int) -> list[Path]:
        start.wait(10)
        return cache.fetch([TINY])

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(fetch, range(2))) == [[cache.folder / TINY.file_name]] * 2
    assert maven.asked == [PATH]


def test_a_mirror_may_be_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "mirror" / TINY.path
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    mirror = repository({"DEFAULT_ARTIFACT_REPOSITORY": (tmp_path / "mirror").as_uri()})
    (path,) = JarCache(tmp_path / "cache", mirror).fetch([TINY])
    assert path.read_bytes() == CONTENT


def blocked_by_a_file(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_bytes(b"")


def full(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / ".tiny-1.0.jar.part").symlink_to("/dev/full")


@pytest.mark.parametrize("spoil", [blocked_by_a_file, full])
def test_a_cache_that_cannot_be_written_is_an_error_that_names_it_and_says_what_to_do(
    cache: JarCache, spoil: Callable[[Path], None]
) -> None:
    spoil(cache.folder)
    with pytest.raises(GiveUp, match=f"cannot keep jars in {cache.folder}: .*FRUITS_CACHE"):
        cache.fetch([TINY])
    assert not cache.folder.is_dir() or files(cache) == []


def test_the_repository_is_maven_central_or_a_mirror_and_nothing_that_is_no_url() -> None:
    assert repository({}) == repository({"DEFAULT_ARTIFACT_REPOSITORY": ""}) == MAVEN_CENTRAL
    assert repository({"DEFAULT_ARTIFACT_REPOSITORY": "https://mirror.orchard/maven"}) == "https://mirror.orchard/maven"
    with pytest.raises(GiveUp, match="DEFAULT_ARTIFACT_REPOSITORY is no URL"):
        repository({"DEFAULT_ARTIFACT_REPOSITORY": "mirror.orchard/maven"})


def test_the_cache_is_shared_by_every_checkout_and_can_be_moved() -> None:
    assert cache_dir({}) == Path.home() / ".cache" / "fruits" / "jars"
    assert cache_dir({"XDG_CACHE_HOME": "/srv/cache"}) == Path("/srv/cache/fruits/jars")
    assert cache_dir({"FRUITS_CACHE": "/srv/fruits", "XDG_CACHE_HOME": "/srv/cache"}) == Path("/srv/fruits/jars")


def test_the_pinned_jars_of_iceberg_are_those_in_the_cache() -> None:
    paths = iceberg_jars()
    assert [path.name for path in paths] == [one.file_name for one in IN_USE.jars]
    assert [path.stat().st_size for path in paths] == [one.pin.size_bytes for one in IN_USE.jars]


def test_fewer_bytes_than_the_pinned_are_taken_for_a_download_that_broke_off(cache: JarCache) -> None:
    longer = replace(TINY, pin=replace(TINY.pin, size_bytes=len(CONTENT) + 1))
    with pytest.raises(RetryLater, match=f"{len(CONTENT)} of {len(CONTENT) + 1} bytes came"):
        cache.fetch([longer])
