"""What a lake promises, whichever it is: the fake, and the adapter on Glue and S3. Iceberg itself is a witness."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog

from chalicelib.aws.lake import GlueLake
from contracts.errors import GiveUp, RetryLater
from infra.local.cloud import LocalCloud
from tests.contract.lakes import CloudLake, WrittenLake
from tests.fakes.lake import FakeLake, pointer


@pytest.fixture
def cloud_lake(local_cloud: LocalCloud) -> CloudLake:
    return CloudLake(local_cloud)


@pytest.fixture(params=["fake", "glue and s3"])
def lake(request: pytest.FixtureRequest) -> WrittenLake:
    if request.param == "fake":
        return FakeLake()
    found: CloudLake = request.getfixturevalue("cloud_lake")
    return found


def test_there_is_no_table_and_no_model_at_first(lake: WrittenLake) -> None:
    assert lake.table() is None
    assert lake.model() is None


def test_a_table_without_a_commit_has_no_snapshot_and_no_rows(lake: WrittenLake) -> None:
    lake.create()

    table = lake.table()
    assert table is not None
    assert (table.current, table.rows, list(table.snapshots_with_same_rows())) == (None, 0, [])


def test_the_state_is_the_current_one_with_its_history(lake: WrittenLake) -> None:
    history = lake.create()
    first = history.commit("append", rows=3)
    second = history.commit(rows=7)
    compacted = history.compact()
    lake.saved()

    table = lake.table()
    assert table is not None
    assert (table.current, table.rows) == (compacted, 7)
    assert list(table.snapshots_with_same_rows()) == [compacted, second]
    assert table.snapshots[second].parent == first
    assert [one.sequence_number for one in table.snapshots.values()] == [1, 2, 3]

    third = history.commit(rows=9)
    lake.saved()
    moved = lake.table()
    assert moved is not None
    assert (moved.current, moved.rows) == (third, 9)


def test_a_snapshot_that_expired_is_named_by_its_child_and_known_no_more(lake: WrittenLake) -> None:
    history = lake.create()
    wrote = history.commit()
    compacted = history.compact()
    history.expire_all_but_current()
    lake.saved()

    table = lake.table()
    assert table is not None
    assert list(table.snapshots) == [compacted]
    assert list(table.snapshots_with_same_rows()) == [compacted, wrote]


def test_the_pointer_reads_back_and_is_the_latest(lake: WrittenLake) -> None:
    for generation in (1, 2):
        published = pointer(8_000_000_000_000_000_001, 3, generation)
        lake.publish(published)
        assert lake.model() == published


def test_a_packed_metadata_file_is_read(cloud_lake: CloudLake) -> None:
    cloud_lake.create().commit(rows=5)
    cloud_lake.pack()

    table = cloud_lake.table()
    assert table is not None
    assert table.rows == 5


@pytest.mark.parametrize(
    ("parameters", "family"),
    [
        (lambda _: {"table_type": "ICEBERG"}, GiveUp),
        (lambda _: {"metadata_location": "file:///tmp/v1.json"}, GiveUp),
        (lambda lake: {"metadata_location": lake.put(b"no json")}, GiveUp),
        (lambda lake: {"metadata_location": lake.put(b"[1]")}, GiveUp),
        (lambda lake: {"metadata_location": lake.put(b"\x1f\x8bcut short")}, GiveUp),
        # Glue named it, and a commit has cleared it away since: the table is there, and to be read again.
        (lambda lake: {"metadata_location": f"s3://{lake.bucket}/gone.metadata.json"}, RetryLater),
    ],
    ids=["no iceberg", "not in s3", "no json", "no object", "cut short", "cleared away"],
)
def test_a_table_that_cannot_be_read_is_an_error_and_never_no_table(
    cloud_lake: CloudLake, parameters: Callable[[CloudLake], dict[str, str]], family: type[Exception]
) -> None:
    cloud_lake.create()
    cloud_lake.point_at(parameters(cloud_lake))

    with pytest.raises(family):
        cloud_lake.table()


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b'{"version": "1"}'])
def test_a_pointer_that_cannot_be_read_is_an_error_and_never_no_model(cloud_lake: CloudLake, content: bytes) -> None:
    cloud_lake.publish_bytes(content)

    with pytest.raises(GiveUp, match="pointer_unreadable"):
        cloud_lake.model()


def test_a_store_that_is_not_there_is_an_error_and_never_no_model(cloud_lake: CloudLake) -> None:
    with pytest.raises(GiveUp, match="s3_refused"):
        GlueLake(cloud_lake.glue, cloud_lake.s3, cloud_lake.database, "no-such-bucket").model()


def test_what_iceberg_itself_writes_is_read(cloud_lake: CloudLake, local_cloud: LocalCloud) -> None:
    environment = local_cloud.environment()
    catalog = load_catalog(
        "witness",
        **{
            "type": "glue",
            "glue.endpoint": local_cloud.endpoint,
            "glue.region": environment["AWS_REGION"],
            "glue.access-key-id": "test",
            "glue.secret-access-key": "test",
            "s3.endpoint": local_cloud.endpoint,
            "s3.region": environment["AWS_REGION"],
            "s3.access-key-id": "test",
            "s3.secret-access-key": "test",
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
            "warehouse": f"s3://{cloud_lake.bucket}/warehouse",
        },
    )
    rows = pa.table({"photo_id": ["a", "b"]})
    table = catalog.create_table(f"{cloud_lake.database}.photos", rows.schema)
    empty = cloud_lake.table()
    assert empty is not None
    assert empty.rows == 0

    table.append(rows)
    table.append(rows)
    table.delete("photo_id = 'a'")

    found = cloud_lake.table()
    assert found is not None
    assert (found.current, found.rows) == (table.metadata.current_snapshot_id, 2)
    assert {one.snapshot_id: one.parent for one in found.snapshots.values()} == {
        one.snapshot_id: one.parent_snapshot_id for one in table.metadata.snapshots
    }
    assert [one.sequence_number for one in found.snapshots.values()] == [1, 2, 3]
