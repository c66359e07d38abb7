"""An object of a store reads as a file of Python does, whatever part is asked for."""

import io
from pathlib import Path

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from contracts.errors import GiveUp
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.readable_file import ReadableFile, opener

DATA = bytes(range(200))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(-1, 250), st.just(0)),
        st.tuples(st.just("seek"), st.integers(0, 250), st.just(io.SEEK_SET)),
        st.tuples(st.just("seek"), st.integers(0, 50), st.sampled_from([io.SEEK_CUR, io.SEEK_END])),
    )
)


def opened(data: bytes = DATA) -> ReadableFile:
    store = MemoryStore()
    obstore.put(store, "a/b.parquet", data)
    return ReadableFile(store, "a/b.parquet", len(data))


@given(STEPS)
def test_any_reads_and_seeks_give_what_they_give_in_memory(steps: list[tuple[str, int, int]]) -> None:
    ours, theirs = opened(), io.BytesIO(DATA)
    for step, number, whence in steps:
        if step == "read":
            assert bytes(ours.read(number)) == theirs.read(number)
        else:
            assert ours.seek(number, whence) == theirs.seek(number, whence)
        assert ours.tell() == theirs.tell()


def test_it_can_be_read_and_gone_about_in_and_not_written() -> None:
    file = opened()

    assert (file.readable(), file.seekable(), file.writable()) == (True, True, False)


def test_an_object_that_is_gone_is_said() -> None:
    file = ReadableFile(MemoryStore(), "gone.parquet", 10)

    with pytest.raises(GiveUp, match=r"cannot read gone.parquet: missing"):
        file.read(5)


@pytest.mark.parametrize("location", ["file:/lake/a%20b c.parquet", "file:///lake/a%20b c.parquet"])
def test_a_location_on_this_machine_is_taken_letter_by_letter(location: str) -> None:
    assert opener(StoreSettings())(location, 1) == Path("/lake/a%20b c.parquet")


def test_a_location_in_s3_needs_a_region_and_each_bucket_is_opened_once() -> None:
    open_file = opener(StoreSettings(region="eu-west-3"))
    first, second = open_file("s3://lake/a.parquet", 1), open_file("s3://lake/b.parquet", 1)

    assert isinstance(first, ReadableFile)
    assert isinstance(second, ReadableFile)
    assert first._store is second._store
    with pytest.raises(GiveUp, match="no Region"):
        opener(StoreSettings())("s3://lake/a.parquet", 1)
