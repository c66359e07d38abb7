from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import LocalCloud
from infra.ops.uploads import LabelledFile, labelled_files, upload
from spark_app.photos.labels import label_of

BUCKET = "test-photos"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "Apple Braeburn/1.jpg",
        "Apple Braeburn/0 empty.jpg",
        "kiwi/2.heic",
        "loose.png",
        "kiwi/.hidden",
        "LICENSE",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"" if "empty" in name else name.encode())
    return tmp_path


def test_every_file_is_found_in_order_with_its_folder_as_label(folder: Path) -> None:
    found = [(file.path.name, file.label) for file in labelled_files(folder)]
    assert found == [
        ("0 empty.jpg", "Apple Braeburn"),
        ("1.jpg", "Apple Braeburn"),
        ("2.heic", "kiwi"),
        ("loose.png", None),
    ]


@pytest.fixture
def s3(local_cloud: LocalCloud) -> Iterator[Any]:
    """A client, and a bucket with versions."""
    made = local_cloud.target().client("s3")
    made.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    made.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield made
    for version in made.list_object_versions(Bucket=BUCKET).get("Versions", []):
        made.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    made.delete_bucket(Bucket=BUCKET)


def test_uploads_land_under_plain_random_keys_with_their_label(s3: Any, folder: Path) -> None:
    steps: list[int] = []
    uploaded = upload(s3, BUCKET, labelled_files(folder), "owner-1", on_progress=steps.append)
    assert steps == [1, 1, 1, 1]
    for one in uploaded:
        stored = s3.get_object(Bucket=BUCKET, Key=one.key, VersionId=one.version_id)
        assert stored["Body"].read() == one.source.read_bytes()
        assert stored["ETag"] == one.etag
        assert label_of(one.key, stored["Metadata"]) == one.label
        assert one.key.startswith("uploads/owner-1/")
        assert " " not in one.key
    assert len({one.key for one in uploaded}) == 4


def test_a_label_that_no_header_can_carry_is_left_to_the_key(s3: Any, tmp_path: Path) -> None:
    photo = tmp_path / "1.jpg"
    photo.write_bytes(b"x")
    (one,) = upload(s3, BUCKET, [LabelledFile(photo, "açaí")], "o")
    assert label_of(one.key, s3.head_object(Bucket=BUCKET, Key=one.key)["Metadata"]) == "açaí"


def test_names_and_times_come_from_the_caller(s3: Any, folder: Path) -> None:
    names, noon = count(), datetime(2026, 1, 1, 12, tzinfo=UTC)
    uploaded = upload(
        s3, BUCKET, labelled_files(folder), "o", random_name=lambda: f"n{next(names)}", clock=lambda: noon
    )
    assert {one.received_at for one in uploaded} == {noon}
    assert {one.key.rpartition("/")[2] for one in uploaded} == {"n0.jpg", "n1.jpg", "n2.jpg", "n3.jpg"}


def test_the_first_failed_upload_is_raised(local_cloud: LocalCloud, folder: Path) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        upload(local_cloud.target().client("s3"), "no-such-bucket", labelled_files(folder), "o")
