"""The state's file: what is read is what was written, or an error."""

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from contracts.errors import GiveUp
from spark_app.pca import classes, classify, moments, moments_state
from spark_app.pca.fit import decode_model
from spark_app.pca.moments_state import State
from tests.unit.pca.rows import assert_same_classes, labels, rows

STATE = State(
    "fruits.lake.photos",
    3051729675574597004,
    "net",
    "ab" * 32,
    moments.of_rows(rows(50)),
    classes.of_labelled(rows(50), labels(50)),
    7,
)


def test_a_state_is_read_as_it_was_written() -> None:
    found = moments_state.decode(moments_state.encode(STATE))

    assert np.array_equal(found.moments.scatter, STATE.moments.scatter)
    assert np.array_equal(found.moments.mean, STATE.moments.mean)
    assert_same_classes(found.classes, STATE.classes)
    assert replace(found, moments=STATE.moments, classes=STATE.classes) == STATE


def test_the_same_state_is_the_same_bytes_and_numpy_reads_them() -> None:
    data = moments_state.encode(STATE)

    assert data == moments_state.encode(STATE)
    assert int(np.load(io.BytesIO(data))["count"]) == 50


def test_a_state_without_labels_is_read_too() -> None:
    bare = replace(STATE, classes=classes.empty(12))

    assert moments_state.decode(moments_state.encode(bare)).classes.labels == ()


def test_a_flipped_bit_anywhere_is_refused() -> None:
    data = moments_state.encode(STATE)
    for place in range(0, len(data), 7):
        damaged = bytearray(data)
        damaged[place] ^= 1 << (place % 8)

        with pytest.raises(GiveUp, match="is damaged"):
            moments_state.decode(bytes(damaged))


@pytest.mark.parametrize("length", [0, 1, 70, 71, 500])
def test_a_file_cut_short_is_refused(length: int) -> None:
    with pytest.raises(GiveUp, match="is damaged"):
        moments_state.decode(moments_state.encode(STATE)[:length])


@pytest.mark.parametrize("read", [classify.decode, decode_model])
def test_a_sealed_file_of_another_kind_is_refused_with_what_it_lacks_and_holds(read: Callable[[bytes], object]) -> None:
    with pytest.raises(GiveUp, match=r"has no .*: it holds table, snapshot_id"):
        read(moments_state.encode(STATE))
