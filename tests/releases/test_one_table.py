"""A table that one release has made and filled is read, written, refitted and compacted by the other, and so on."""

import pytest

from tests.releases.conftest import Spark

pytestmark = pytest.mark.slow


def test_each_release_goes_on_with_the_table_and_the_model_where_the_other_left_them(
    sparks: tuple[Spark, Spark],
) -> None:
    first, second = sparks

    first.put("a", 1, 2000)
    second.put("b", 2, 4)
    assert first.rows() == second.rows()
    assert first.refit() == ["done", "full", 2004, 0, 2004]

    second.put("b", 3, 4)  # another release replaces the batch
    first.put("c", 4, 9)
    assert second.refit() == ["done", "incremental", 13, 4, 2013]
    assert first.refit()[0] == "unchanged"

    columns = second.add_column()  # a newer release of our code, on either release of EMR
    assert "camera" in columns
    second.put_with_camera("b", "K")
    first.put("d", 5, 7)
    assert first.cameras() == second.cameras() == {"a": None, "b": "K", "c": None, "d": None}
    assert first.add_column() == columns
    assert first.refit() == ["done", "incremental", 11, 4, 2020]

    before = first.rows()
    assert second.compact() == 1  # batch b lies in four files
    assert first.rows() == second.rows() == before
    assert first.refit()[0] == "unchanged"
    second.put_with_camera("c", "L")
    assert first.compact() == 1
    assert second.rows() == before


def test_of_two_releases_that_replace_a_batch_at_once_the_second_loses(sparks: tuple[Spark, Spark]) -> None:
    first, second = sparks
    first.put("a", 1, 8)
    since = second.put("b", 2, 8)

    assert first.put_since("b", since) == "committed"
    assert second.put_since("b", since) == "lost"
    assert second.put_since("a", since) == "committed"  # nobody touched that one
    assert first.put_since("a", since) == "lost"


def test_both_releases_see_the_same_net_changes_between_two_snapshots(sparks: tuple[Spark, Spark]) -> None:
    first, second = sparks
    since = first.put("a", 1, 8)
    second.put("b", 2, 5)
    first.put("gone", 3, 3)
    second.put("gone", 3, 3)
    second.put("a", 4, 6)

    wanted = {"INSERT a": 6, "DELETE a": 8, "INSERT b": 5, "INSERT gone": 3}
    assert first.changed(since) == second.changed(since) == wanted
