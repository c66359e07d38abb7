"""Fetching from a real S3: exactly the object that the manifest names, or a named reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.errors import GiveUp, RetryLater
from contracts.photos.manifest import Photo, photo_id
from contracts.photos.rejections import Rejection
from infra.local.cloud import LocalCloud
from spark_app.photos.images import Rejected
from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.fetch import Fetched, fetch
from spark_app.stores.objects import read_object

MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.usefixtures("aws_keys")


class Bucket:
    """A versioned bucket of the local cloud, seen by boto3 (`put`) and by the code under test (`get`)."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.name, self.s3, self.settings = f"photos-{uuid4().hex}", cloud.target().client("s3"), _settings(cloud)
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        self.s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key: str, data: bytes, **more: Any) -> tuple[str, str]:
        answer = self.s3.put_object(Bucket=self.name, Key=key, Body=data, **more)
        return answer["VersionId"], answer["ETag"]

    def get(
        self, key: str, *, version: str | None = None, etag: str | None = None, limit: int = MEGABYTE
    ) -> Fetched | Rejected:
        name = photo_id(self.name, key, version)
        photo = Photo(name, self.name, key, 1, "2026-11-23T10:00:00Z", version_id=version, etag=etag)
        return fetch(open_store(self.name, self.settings), photo, limit)


def _settings(cloud: LocalCloud) -> StoreSettings:
    return StoreSettings("eu-west-3", endpoint=cloud.endpoint, timeout_seconds=20)


def data(answer: Fetched | Rejected) -> bytes:
    assert isinstance(answer, Fetched), answer
    return answer.data


def code(answer: Fetched | Rejected) -> Rejection:
    assert isinstance(answer, Rejected), answer
    return answer.code


@pytest.fixture
def bucket(local_cloud: LocalCloud) -> Bucket:
    return Bucket(local_cloud)


def test_the_version_of_the_manifest_is_fetched_though_a_newer_one_exists(bucket: Bucket) -> None:
    old, _ = bucket.put("a.jpg", b"old")
    bucket.put("a.jpg", b"new")

    assert data(bucket.get("a.jpg", version=old)) == b"old"
    assert data(bucket.get("a.jpg")) == b"new"


def test_a_version_wins_over_an_etag(bucket: Bucket) -> None:
    old, _ = bucket.put("a.jpg", b"old")
    _, newer = bucket.put("a.jpg", b"new")

    assert data(bucket.get("a.jpg", version=old, etag=newer)) == b"old"


@pytest.mark.parametrize("quoted", [True, False])
def test_an_etag_that_matches_is_fetched_and_one_that_no_longer_does_is_changed(bucket: Bucket, quoted: bool) -> None:
    _, old = bucket.put("a.jpg", b"old")
    _, new = bucket.put("a.jpg", b"new")
    if not quoted:
        old, new = old.strip('"'), new.strip('"')

    assert data(bucket.get("a.jpg", etag=new)) == b"new"
    assert code(bucket.get("a.jpg", etag=old)) is Rejection.CHANGED


def test_the_version_null_of_an_unversioned_bucket_falls_back_on_the_etag(bucket: Bucket) -> None:
    _, old = bucket.put("a.jpg", b"old")
    bucket.put("a.jpg", b"new")

    assert code(bucket.get("a.jpg", version="null", etag=old)) is Rejection.CHANGED


def test_a_key_a_version_or_a_bucket_that_is_not_there_is_missing(bucket: Bucket) -> None:
    bucket.put("a.jpg", b"x")

    assert code(bucket.get("b.jpg")) is Rejection.MISSING
    assert code(bucket.get("a.jpg", version="no-such-version")) is Rejection.MISSING
    bucket.name = "no-such-bucket"
    assert code(bucket.get("a.jpg")) is Rejection.MISSING


def test_a_deleted_photo_is_missing_its_old_version_is_not_and_the_delete_marker_is_no_photo(bucket: Bucket) -> None:
    version, etag = bucket.put("a.jpg", b"x")
    marker = bucket.s3.delete_object(Bucket=bucket.name, Key="a.jpg")["VersionId"]

    assert code(bucket.get("a.jpg")) is Rejection.MISSING
    assert code(bucket.get("a.jpg", etag=etag)) is Rejection.MISSING
    assert data(bucket.get("a.jpg", version=version)) == b"x"
    assert code(bucket.get("a.jpg", version=marker)) is Rejection.MISSING


def test_the_largest_size_allowed_is_fetched_and_one_byte_more_is_too_large(bucket: Bucket) -> None:
    bucket.put("a.jpg", b"12345678")

    assert data(bucket.get("a.jpg", limit=8)) == b"12345678"
    assert code(bucket.get("a.jpg", limit=7)) is Rejection.TOO_LARGE


def test_an_object_of_no_bytes_is_fetched_as_such(bucket: Bucket) -> None:
    bucket.put("a.jpg", b"")

    assert data(bucket.get("a.jpg")) == b""


def test_the_label_of_the_metadata_wins_over_the_folder(bucket: Bucket) -> None:
    bucket.put("uploads/o/banana/1.jpg", b"x", Metadata={"label": "Apple Braeburn"})
    bucket.put("uploads/o/banana/2.jpg", b"x", Metadata={"other": "Apple Braeburn"})

    answers = [bucket.get(f"uploads/o/banana/{n}.jpg") for n in (1, 2)]

    assert [answer.label for answer in answers if isinstance(answer, Fetched)] == ["Apple Braeburn", "banana"]


@pytest.mark.parametrize(
    "key",
    [
        *("a b.jpg", "a+b.jpg", "été/ñ.jpg", "e\u0301.jpg", "100%.jpg", "a%20b.jpg", "a%2Fb.jpg", "q?x=1#f.jpg"),
        *("🍎.jpg", "a&b=c;d:e,f@$!'().jpg", '[a]*~^`{}|<>"\\.jpg', " a /b .jpg"),
    ],
)
def test_a_key_is_taken_letter_by_letter(bucket: Bucket, key: str) -> None:
    version, _ = bucket.put(key, key.encode())
    bucket.put(key.replace("%20", " ").replace("%2F", "/").replace("+", " ") + "x", b"decoy")

    assert data(bucket.get(key)) == key.encode()
    assert data(bucket.get(key, version=version)) == key.encode()
    assert read_object(f"s3://{bucket.name}/{key}", bucket.settings) == key.encode()


@pytest.mark.parametrize("key", ["/a.jpg", "a.jpg/", "//a.jpg", "b//a.jpg", "b/../a.jpg", "./a.jpg", "a\n.jpg", "\x7f"])
def test_a_key_that_no_request_can_carry_is_unaddressable_and_never_another_photo(bucket: Bucket, key: str) -> None:
    bucket.put("a.jpg", b"somebody else's")
    bucket.put("b/a.jpg", b"somebody else's")
    bucket.put(key, b"x")

    assert code(bucket.get(key)) is Rejection.UNADDRESSABLE
    with pytest.raises(GiveUp, match="unaddressable"):
        read_object(f"s3://{bucket.name}/{key}", bucket.settings)


@pytest.mark.parametrize("etag", ["a\x7f", "a\nb", "\x00"])
def test_an_etag_that_no_header_can_carry_is_unaddressable(bucket: Bucket, etag: str) -> None:
    bucket.put("a.jpg", b"x")

    assert code(bucket.get("a.jpg", etag=etag)) is Rejection.UNADDRESSABLE


def test_reading_gives_up_on_what_is_not_there_and_on_what_is_no_address(bucket: Bucket, tmp_path: Path) -> None:
    nowhere = [f"s3://{bucket.name}/none", "s3://no-such-bucket/none", f"s3://{bucket.name}", f"s3://{bucket.name}/"]
    for uri in [*nowhere, "s3://", "https://a/b", "s3:/a/b", f"file://{tmp_path}/none", str(tmp_path), ""]:
        with pytest.raises(GiveUp):
            read_object(uri, bucket.settings)


def test_reading_is_to_be_tried_later_where_no_store_answers() -> None:
    with pytest.raises(RetryLater, match=r"s3://b/k: unavailable"):
        read_object("s3://b/k", StoreSettings("eu-west-3", endpoint="http://127.0.0.1:1", attempts=2))


@pytest.mark.parametrize("name", ["plain.json", "a b.json", "100%.json", "a%20b.json", "été.json", "q?x=1#f.json"])
@pytest.mark.parametrize("address", [str, Path.as_uri])
def test_a_file_is_read_by_its_path_and_by_its_url(tmp_path: Path, name: str, address: Callable[[Path], str]) -> None:
    (tmp_path / name).write_bytes(name.encode())

    assert read_object(address(tmp_path / name), StoreSettings()) == name.encode()


def test_a_folder_of_buckets_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "my photos 100% #1"
    (folder / "photos").mkdir(parents=True)
    (folder / "photos" / "a.jpg").write_bytes(b"x")
    photo = Photo("p", "photos", "a.jpg", 1, "2026-11-23T10:00:00Z")

    assert data(fetch(open_store("photos", StoreSettings(folder=folder.as_uri())), photo, 10)) == b"x"
