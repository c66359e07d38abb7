"""Judges of what a run runs on: Python, packages, libraries, Java, memory, executors. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from contracts.jobs.emr_release import IMAGE_JARS
from infra.ops.doctor.findings import Level, Place, Verdict, gigabytes, numbers

FOLDER = "environment"
"""The archive is unpacked to a folder of this name (`contracts/jobs/spark_settings.py`)."""
GLIBC, GLIBCXX = (2, 28), (3, 4, 30)
"""The wheels ask for this glibc; LiteRT's wheel for aarch64 asks for this GLIBCXX."""
_LITTLE_DISK = 5 * 1024**3
_DEPLOY = "`fruits environment check` looks at the archive, `fruits deploy` puts it in place"


def python(found: Mapping[str, Any], place: Place) -> Verdict:
    """Judge which Python runs us."""
    value = f"{found['version']} on {found['machine']}, {found['prefix']}"
    if not found["version"].startswith("3.11."):
        return Verdict(value, "another Python than the locked packages are for", Level.FAIL, _DEPLOY)
    if FOLDER in PurePosixPath(found["prefix"]).parts:
        return Verdict(value, "the packed environment is in use")
    if place.on_aws:
        return Verdict(value, "the image's own Python, not the packed one", Level.FAIL, _DEPLOY)
    return Verdict(value, "a local cloud may run this machine's Python")


def worker(found: Mapping[str, Any], place: Place) -> Verdict:
    """Judge what each core of an executor says of itself."""
    of_python, of_packages = python(found, place), packages(found["packages"], place)
    limit = found.get("memory_limit_bytes")
    memory = f", {gigabytes(limit)}" if limit else ""
    value = f"{found['cores']} of them: {of_python.value}{memory}"
    worst = max(of_python, of_packages, key=lambda verdict: list(Level).index(verdict.level))
    if worst.level is not Level.OK:
        return Verdict(value, worst.meaning, worst.level, worst.to_do)
    if not found["alike"]:
        return Verdict(value, "executors differ from each other", Level.WARN, "look at the run's executor logs")
    return Verdict(value, "executors run our Python with all it needs")


def packages(found: Mapping[str, str], _: Place) -> Verdict:
    """Judge whether all packages can be imported."""
    failed = {name: said for name, said in found.items() if said.startswith("failed")}
    if failed:
        said = "; ".join(f"{name} {why}" for name, why in failed.items())
        return Verdict(said, "the environment lacks what jobs import", Level.FAIL, _DEPLOY)
    return Verdict(", ".join(f"{name} {version}" for name, version in found.items()), "all can be imported")


def libraries(found: Mapping[str, str | None], place: Place) -> Verdict:
    """Judge the C library and the C++ library of the image."""
    value = f"{found['glibc']}, GLIBCXX {found['glibcxx']}"
    if numbers(found["glibc"]) < GLIBC:
        return Verdict(value, "older than the packages need (2.28)", Level.FAIL, "take a later EMR release")
    if place.architecture == "ARM64" and numbers(found["glibcxx"]) < GLIBCXX:
        to_do = "take an image of after 2025-03-31, or deploy with Architecture=X86_64"
        return Verdict(value, "LiteRT on ARM64 needs GLIBCXX 3.4.30", Level.FAIL, to_do)
    return Verdict(value, "new enough for the packages")


def versions(found: Mapping[str, str], place: Place) -> Verdict:
    """Judge whether the image has what the tests ran with."""
    value = ", ".join(f"{name} {version}" for name, version in found.items())
    release = place.release
    wanted = {"spark": release.spark, "java": release.java, "scala": release.scala, "iceberg": release.iceberg}
    other = [
        f"{name} {version}"
        for name, version in wanted.items()
        if numbers(found.get(name))[: len(numbers(version))] != numbers(version)
    ]
    if other:
        to_do = "see `contracts/jobs/emr_release.py`, and run the tests with what is there"
        return Verdict(value, f"the tests ran with {', '.join(other)}", Level.WARN, to_do)
    return Verdict(value, f"what {release.label} is said to have")


def jars(found: Sequence[str] | None, place: Place) -> Verdict:
    """Judge whether the jar is there that the request names."""
    if place.release.image_iceberg_jar is None:
        there = f"{', '.join(found)} in {IMAGE_JARS}" if found else f"none in {IMAGE_JARS}"
        return Verdict(there, f"the request names none: {place.release.label} has Iceberg on Spark's class path")
    wanted = PurePosixPath(place.release.image_iceberg_jar)
    if found is not None and wanted.name in found:
        return Verdict(f"{len(found)} in {wanted.parent}", "Iceberg is where the request says")
    value = f"no {wanted.name}; there are {', '.join(found) if found else 'none'}"
    if place.on_aws:
        to_do = "name another one as `image_iceberg_jar` in `contracts/jobs/emr_release.py`"
        return Verdict(value, "the image has no Iceberg where we look", Level.FAIL, to_do)
    return Verdict(value, "only the real image has this folder; here Iceberg is on the class path")


def memory(found: Mapping[str, int | None], _: Place) -> Verdict:
    """Judge whether heap and Python have room in the worker."""
    limit = found["limit_bytes"] or found["machine_bytes"] or 0
    heap = found["heap_bytes"] or 0
    bound = "limit" if found["limit_bytes"] else "no limit, machine"
    value = f"heap {gigabytes(heap)}, {bound} {gigabytes(limit)}, {found['processors']} processors"
    if limit and limit - heap < 1024**3:
        to_do = "give the driver more `spark.driver.memoryOverhead` (`functions/chalicelib/aws/job_runner.py`)"
        return Verdict(value, "less than 1 GB is left for Python beside the heap", Level.WARN, to_do)
    return Verdict(value, "Python has room beside the heap")


def disk(found: Mapping[str, int], _: Place) -> Verdict:
    """Judge whether there is room for an archive and a shuffle."""
    value = f"{gigabytes(found['free_bytes'])} of {gigabytes(found['total_bytes'])} free"
    if found["free_bytes"] < _LITTLE_DISK:
        return Verdict(value, "little beside the unpacked environment", Level.WARN, "ask for a larger worker disk")
    return Verdict(value, "room for the environment and for shuffles")


def executors(found: Mapping[str, Any], _: Place) -> Verdict:
    """Judge when executors are there, and what a job that asks early is told."""
    first, last, asked = found["first"], found["last"], found["asked"]
    if not asked:
        return Verdict(f"one process, parallelism {last['parallelism']}", "a local cloud may have no executors")
    value = f"{first['registered']} of {asked} at 0 s (parallelism {first['parallelism']})"
    value += f", {last['registered']} at {found['seconds']:.0f} s (parallelism {last['parallelism']})"
    if last["registered"] < asked:
        to_do = "look at the account's vCPU quota and the application's maximum capacity"
        return Verdict(value, "executors did not come in time", Level.FAIL, to_do)
    if first["parallelism"] != last["parallelism"]:
        to_do = "give requests `spark.default.parallelism`"
        return Verdict(value, "a job that asks early plans for fewer cores than it pays for", Level.WARN, to_do)
    if first["registered"] < asked:
        return Verdict(value, "jobs begin before their executors; the parallelism is set, so their plans hold")
    return Verdict(value, "executors are there when a job begins")
