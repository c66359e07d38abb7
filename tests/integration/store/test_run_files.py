"""What runs take, in a real bucket: each version stays as it was when others come, and old ones go."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.errors import GiveUp
from contracts.jobs.names import Kind
from infra.emr import old_versions, package, run_files
from infra.emr.run_files import RunFiles
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

    def times(self) -> dict[str, datetime]:
        found = self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {one["Key"]: one["LastModified"] for one in found}


@pytest.fixture
def bucket(local_cloud: LocalCloud) -> Bucket:
    return Bucket(local_cloud)


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    artifact = tmp_path / "artifact"
    artifact.mkdir()
    (artifact / "card.json").write_text("{}")
    (artifact / "model.tflite").write_bytes(b"weights")
    environment = tmp_path / "environment.tar.gz"
    environment.write_bytes(b"packed")
    return RunFiles(environment, artifact)


@pytest.fixture
def changed(tmp_path: Path, files: RunFiles) -> RunFiles:
    """The next version of the code: one file differs."""
    root = tmp_path / "next"
    for folder in package.PACKED:
        shutil.copytree(package.ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "spark_app" / "extract_job.py").write_text("# the next one\n")
    return replace(files, root=root)


def test_a_second_version_leaves_the_first_as_it_was(bucket: Bucket, files: RunFiles, changed: RunFiles) -> None:
    first = run_files.upload(bucket.s3, bucket.name, files)
    before = bucket.contents()

    second = run_files.upload(bucket.s3, bucket.name, changed)

    after = bucket.contents()
    new = {key: content for key, content in after.items() if key not in before}
    assert {key: after[key] for key in before} == before
    assert len(new) == 1 + len(Kind)
    assert new[f"code/{second.code}/extract_job.py"] == b"# the next one\n"
    assert second == replace(first, code=second.code)


def test_versions_name_their_content_and_nothing_is_missing_after_an_upload(bucket: Bucket, files: RunFiles) -> None:
    versions = files.versions()
    assert len(run_files.missing(bucket.s3, bucket.name, versions)) == 3

    assert run_files.upload(bucket.s3, bucket.name, files) == versions

    assert run_files.missing(bucket.s3, bucket.name, versions) == []
    found = bucket.contents()
    assert found[versions.environment_file] == b"packed"
    assert found[f"{versions.artifact_folder}/model.tflite"] == b"weights"


def test_a_cnn_is_fetched_as_it_was_uploaded(bucket: Bucket, files: RunFiles, tmp_path: Path) -> None:
    versions = run_files.upload(bucket.s3, bucket.name, files)

    run_files.download_artifact(bucket.s3, bucket.name, versions.artifact, tmp_path / "here" / "again")

    assert run_files.artifact_version(tmp_path / "here" / "again") == versions.artifact


@pytest.mark.parametrize("lost", ["one file", "all of it"])
def test_a_cnn_that_the_bucket_has_lost_is_refused_and_leaves_no_folder(
    bucket: Bucket, files: RunFiles, tmp_path: Path, lost: str
) -> None:
    versions = run_files.upload(bucket.s3, bucket.name, files)
    for name in ("card.json",) if lost == "one file" else ("card.json", "model.tflite"):
        bucket.s3.delete_object(Bucket=bucket.name, Key=f"{versions.artifact_folder}/{name}")

    with pytest.raises(GiveUp, match="--artifact"):
        run_files.download_artifact(bucket.s3, bucket.name, versions.artifact, tmp_path / "again")

    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("kind", ["environment", "artifact", "code"])
def test_another_content_is_another_version_and_only_of_its_kind(files: RunFiles, changed: RunFiles, kind: str) -> None:
    before = files.versions()
    if kind == "environment":
        files.environment.write_bytes(b"other")
    elif kind == "artifact":
        (files.artifact / "model.tflite").write_bytes(b"other")

    after = (changed if kind == "code" else files).versions()

    assert after == replace(before, **{kind: getattr(after, kind)})
    assert after != before


def test_what_is_there_is_not_uploaded_again_and_a_half_one_is(bucket: Bucket, files: RunFiles) -> None:
    versions = run_files.upload(bucket.s3, bucket.name, files)
    model = f"{versions.artifact_folder}/model.tflite"
    times = bucket.times()
    bucket.s3.put_object(Bucket=bucket.name, Key=model, Body=b"half")

    run_files.upload(bucket.s3, bucket.name, files)

    assert bucket.contents()[model] == b"weights"
    assert bucket.times()[versions.environment_file] == times[versions.environment_file]


def test_an_overtaken_version_goes_and_nothing_else_does(bucket: Bucket, files: RunFiles, changed: RunFiles) -> None:
    first = run_files.upload(bucket.s3, bucket.name, files)
    others = {"code/notes.txt", "model/card.json", "environment/readme.tar.gz"}
    for key in others:
        bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=b"no version")
    files.environment.write_bytes(b"packed anew")
    second = run_files.upload(bucket.s3, bucket.name, changed)
    today = datetime.now(UTC)

    assert old_versions.remove_old(bucket.s3, bucket.name, {second}, today + 29 * DAY) == []
    gone = old_versions.remove_old(bucket.s3, bucket.name, {second}, today + 31 * DAY)

    assert gone == [first.code_folder, f"environment/{first.environment}"]
    kept = {f"{second.code_folder}/{name}" for name, _ in package.objects()} | {second.environment_file}
    kept |= {f"{second.artifact_folder}/{name}" for name, _ in files.artifact_files()}
    assert set(bucket.contents()) == kept | others


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
def test_a_version_goes_when_it_was_overtaken_long_ago_and_is_not_in_use(
    ages: dict[str, int], in_use: set[str], gone: list[str]
) -> None:
    assert old_versions.overtaken({name: NOW - age * DAY for name, age in ages.items()}, in_use, NOW) == gone
