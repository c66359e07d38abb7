"""Ask Spark's own Ivy to resolve Maven coordinates, as `spark-submit --packages` does: same mirrors, same rules."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from contracts.errors import GiveUp
from infra.local import truststore
from infra.local.java import java_home

_LOOK_EVERY_SECONDS = 0.2
_WITHIN_SECONDS = 1800
_ERROR_MARKS = ("Exception:", "UnknownHost", "not found", "Connection", "timed out", "error at url")


def spark_home() -> Path:
    """Return the folder of the pyspark package, which is a whole Spark. It is looked up, not imported."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise GiveUp("pyspark is not installed here: run `make setup`")
    return Path(spec.origin).parent


def resolve(
    coordinates: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    trust_machine: bool,
    on_progress: Callable[[int], None],
) -> tuple[str, dict[str, Path]]:
    """Resolve into `folder`; return Spark's log, and each coordinate's jar where there is one.

    `trust_machine` gives Java this machine's certificate authorities in place of its own.
    """
    nothing_to_run = folder / "nothing.py"
    nothing_to_run.write_text("")
    options = ["--packages", ",".join(coordinates), "--conf", f"spark.jars.ivy={folder}"]
    if environ.get("FRUITS_IVY_SETTINGS"):
        options += ["--conf", f"spark.jars.ivySettings={environ['FRUITS_IVY_SETTINGS']}"]
    if trust_machine:
        options += ["--driver-java-options", _trust_option(folder, environ)]
    log_file = folder / "log.txt"
    _run([str(spark_home() / "bin" / "spark-submit"), *options, str(nothing_to_run)], log_file, environ, on_progress)
    names = {coordinate: folder / "jars" / _ivy_name(coordinate) for coordinate in coordinates}
    return log_file.read_text(errors="replace"), {name: path for name, path in names.items() if path.is_file()}


def reason(log: str) -> str:
    """Pick the line of Ivy's log that says why: its first error, else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if any(mark in line for mark in _ERROR_MARKS)]
    return (telling or lines[-1:] or ["nothing"])[0]


def _run(command: list[str], log_file: Path, environ: Mapping[str, str], on_progress: Callable[[int], None]) -> None:
    """Run to the end, telling how many bytes have come; what is still running when time is up is killed."""
    spark_environ = {**environ, "JAVA_HOME": str(java_home(environ)), "SPARK_HOME": str(spark_home())}
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own Spark
            command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=spark_environ
        )
        try:
            for _ in range(int(_WITHIN_SECONDS / _LOOK_EVERY_SECONDS)):
                try:
                    process.wait(_LOOK_EVERY_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    on_progress(_bytes_so_far(log_file.parent / "cache"))
        finally:
            process.kill()  # nothing happens to one that has ended
            process.wait()


def _bytes_so_far(cache: Path) -> int:
    """Sum what Ivy has on disk: it writes `x.jar.part` and renames it when the checksum of the repository fits."""
    total = 0
    for folder, _, names in os.walk(cache):
        for name in names:
            if name.endswith((".jar", ".jar.part")):
                try:
                    total += (Path(folder) / name).stat().st_size
                except FileNotFoundError:  # renamed between the listing and the look
                    continue
    return total


def _trust_option(folder: Path, environ: Mapping[str, str]) -> str:
    bundle = truststore.machine_bundle(environ)
    if bundle is None:
        return ""
    store = folder / "truststore.jks"
    store.write_bytes(truststore.java_keystore(truststore.certificates(bundle.read_text(errors="replace"))))
    return f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword={truststore.PASSWORD}"


def _ivy_name(coordinate: str) -> str:
    """Return `group_artifact-version.jar`, Spark's retrieve pattern (SparkSubmitUtils.resolveMavenCoordinates)."""
    group, artifact, version = coordinate.split(":")
    return f"{group}_{artifact}-{version}.jar"
