"""Releases of the code in a real bucket: a new one leaves the others as they are, and old ones go."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.jobs.names import Kind
from infra.emr import code_versions, package
from infra.local.cloud import REGION, LocalCloud

NOW = datetime(2026, 11, 27, tzinfo=UTC)
DAY = timedelta(days=1)


class Bucket:
    def __init__(self, cloud: LocalCloud) -> None:
        self.s3: Any = cloud.target().client("s3")
        self.name = f"artifacts-{uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def contents(self) -> dict[str, bytes]:
        found = self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {one["Key"]: self.s3.get_object(Bucket=self.name, Key=one["Key"])["Body"].read() for one in found}


@pytest.fixture
def bucket(local_cloud: LocalCloud) -> Bucket:
    return Bucket(local_cloud)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The next release: one file differs."""
    for folder in package.PACKED:
        shutil.copytree(package.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(package.ROOT / "infra" / "__init__.py", tmp_path / "infra")
    (tmp_path / "spark_app" / "extract_job.py").write_text("# the next one\n")
    return tmp_path


def test_a_second_release_leaves_the_first_as_it_was(bucket: Bucket, changed: Path) -> None:
    first = code_versions.upload(bucket.s3, bucket.name)
    before = bucket.contents()

    second = code_versions.upload(bucket.s3, bucket.name, changed)

    after = bucket.contents()
    assert {key: after[key] for key in before} == before
    assert {key.split("/")[1] for key in after} == {first, second}
    assert len(after) == 2 * len(before) == 2 * (1 + len(Kind))
    assert after[f"code/{second}/extract_job.py"] == b"# the next one\n"


def test_an_overtaken_release_goes_and_nothing_else_does(bucket: Bucket, changed: Path) -> None:
    code_versions.upload(bucket.s3, bucket.name)
    bucket.s3.put_object(Bucket=bucket.name, Key="code/notes.txt", Body=b"no release")
    bucket.s3.put_object(Bucket=bucket.name, Key="model/card.json", Body=b"{}")
    second = code_versions.upload(bucket.s3, bucket.name, changed)
    today = datetime.now(UTC)

    assert code_versions.remove_old(bucket.s3, bucket.name, {second}, today + 29 * DAY) == []
    gone = code_versions.remove_old(bucket.s3, bucket.name, {second}, today + 31 * DAY)

    assert gone == [package.version()]
    kept = {f"code/{second}/{name}" for name, _ in package.objects()}
    assert set(bucket.contents()) == kept | {"code/notes.txt", "model/card.json"}


@pytest.mark.parametrize(
    ("ages", "in_use", "gone"),
    [
        ({"a": 90, "b": 60, "c": 1}, {"c"}, ["a"]),  # b was overtaken yesterday, however old it is
        ({"a": 90, "b": 60, "c": 31}, {"c"}, ["a", "b"]),
        ({"a": 90, "b": 60, "c": 31}, {"a"}, ["b"]),  # a stack that nobody deployed since keeps its code
        ({"a": 400}, set(), []),  # the latest, though no stack names it yet
        ({"a": 90, "b": 30}, {"b"}, []),
        ({}, set(), []),
    ],
)
def test_a_release_goes_when_it_was_overtaken_long_ago_and_is_not_in_use(
    ages: dict[str, int], in_use: set[str], gone: list[str]
) -> None:
    assert code_versions.overtaken({name: NOW - age * DAY for name, age in ages.items()}, in_use, NOW) == gone
