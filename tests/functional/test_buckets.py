from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from infra.local.buckets import Buckets, LabelledFile, client, create, labelled_files, upload
from infra.local.cloud import LocalCloud
from spark_app.labels import label_of

BUCKETS = Buckets("test-photos", "test-lake", "test-artifacts")


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


def test_uploads_land_under_plain_random_keys_with_their_label(local_cloud: LocalCloud, folder: Path) -> None:
    s3 = client(local_cloud, "s3")
    create(s3, BUCKETS)
    steps: list[int] = []
    uploaded = upload(s3, BUCKETS.photos, labelled_files(folder), "owner-1", on_progress=steps.append)
    assert steps == [1, 1, 1, 1]
    for one in uploaded:
        stored = s3.get_object(Bucket=BUCKETS.photos, Key=one.key, VersionId=one.version_id)
        assert stored["Body"].read() == one.source.read_bytes()
        assert stored["ETag"] == one.etag
        assert label_of(one.key, stored["Metadata"]) == one.label
        assert one.key.startswith("uploads/owner-1/")
        assert " " not in one.key
    assert len({one.key for one in uploaded}) == 4


def test_a_label_that_no_header_can_carry_is_left_to_the_key(local_cloud: LocalCloud, tmp_path: Path) -> None:
    s3 = client(local_cloud, "s3")
    create(s3, BUCKETS)
    photo = tmp_path / "1.jpg"
    photo.write_bytes(b"x")
    (one,) = upload(s3, BUCKETS.photos, [LabelledFile(photo, "açaí")], "o")
    assert label_of(one.key, s3.head_object(Bucket=BUCKETS.photos, Key=one.key)["Metadata"]) == "açaí"


def test_names_and_times_come_from_the_caller(local_cloud: LocalCloud, folder: Path) -> None:
    s3 = client(local_cloud, "s3")
    create(s3, BUCKETS)
    names, noon = count(), datetime(2026, 1, 1, 12, tzinfo=UTC)
    uploaded = upload(
        s3, BUCKETS.photos, labelled_files(folder), "o", random_name=lambda: f"n{next(names)}", clock=lambda: noon
    )
    assert {one.received_at for one in uploaded} == {noon}
    assert {one.key.rpartition("/")[2] for one in uploaded} == {"n0.jpg", "n1.jpg", "n2.jpg", "n3.jpg"}


def test_creating_the_buckets_again_keeps_what_is_in_them(local_cloud: LocalCloud, folder: Path) -> None:
    s3 = client(local_cloud, "s3")
    create(s3, BUCKETS)
    (one, *_) = upload(s3, BUCKETS.photos, labelled_files(folder), "o")
    create(s3, BUCKETS)
    assert s3.head_object(Bucket=BUCKETS.photos, Key=one.key)["VersionId"] == one.version_id


def test_only_the_photos_bucket_is_versioned(local_cloud: LocalCloud) -> None:
    s3 = client(local_cloud, "s3")
    create(s3, BUCKETS)
    versioning = {
        name: s3.get_bucket_versioning(Bucket=name).get("Status")
        for name in (BUCKETS.photos, BUCKETS.lake, BUCKETS.artifacts)
    }
    assert versioning == {BUCKETS.photos: "Enabled", BUCKETS.lake: None, BUCKETS.artifacts: None}


def test_the_first_failed_upload_is_raised(local_cloud: LocalCloud, folder: Path) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        upload(client(local_cloud, "s3"), "no-such-bucket", labelled_files(folder), "o")
