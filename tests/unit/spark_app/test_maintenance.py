"""What maintenance decides, without Spark: what to compact, what to keep, when to try again, which models are none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.errors import AnalysisException

from contracts import models
from contracts.errors import RetryLater
from spark_app.lake.maintenance import DataFile, batches_to_compact, oldest_kept, retry
from spark_app.models.leftovers import unpublished

TARGET = 1000
NOW = datetime(2026, 11, 24, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=1), NOW + timedelta(days=1)


def file(batch: str, size: int, last: str | None = None) -> DataFile:
    return DataFile(batch, last or batch, size)


def test_a_batch_is_compacted_if_two_of_its_files_are_small() -> None:
    files = [file("two", 10), file("two", 20), file("one", 10), file("large", 750), file("large", 990)]
    files += [file("one large", 900), file("one large", 10), file("three", 749), file("three", 749), file("three", 1)]

    assert batches_to_compact(files, TARGET) == ["three", "two"]


def test_a_batch_within_the_bounds_of_a_file_of_several_is_left_alone_and_those_beside_it_are_not() -> None:
    files = [file(batch, 10) for batch in "abcdef" for _ in range(2)] + [file("b", 10, "d")]

    assert batches_to_compact(files, TARGET) == ["a", "e", "f"]


def test_files_of_a_table_without_batches_are_left_alone() -> None:
    assert batches_to_compact([file("", 10), file("", 10)], TARGET) == []


@given(st.sets(st.integers(0, 100)), st.integers(0, 100))
def test_the_oldest_snapshot_kept_is_the_one_that_was_current_at_the_cut(times: set[int], cut: int) -> None:
    kept = {time for time in times if time >= oldest_kept(sorted(times, reverse=True), cut)}

    replaced = {time: min((later for later in times if later > time), default=101) for time in times}
    assert kept == {time for time in times if replaced[time] > cut}


def lost(name: str) -> Exception:
    return AnalysisException(f"Caused by: org.apache.iceberg.exceptions.{name}: another commit was faster")


class Losing:
    """Loses `times` commits, then wins."""

    def __init__(self, times: int, error: Exception) -> None:
        self.left, self.error, self.calls = times, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.left:
            raise self.error
        return "won"


@pytest.mark.parametrize("name", ["ValidationException", "CommitFailedException", "CommitStateUnknownException"])
def test_a_commit_that_lost_is_tried_again_and_three_times_lost_is_to_be_retried_later(name: str) -> None:
    twice, ever = Losing(2, lost(name)), Losing(9, lost(name))

    assert retry(twice, "t") == "won"
    with pytest.raises(RetryLater, match="t: others committed meanwhile, 3 times"):
        retry(ever, "t")
    assert (twice.calls, ever.calls) == (3, 3)


def test_any_other_error_is_not_tried_again() -> None:
    broken = Losing(1, lost("NoSuchTableException"))

    with pytest.raises(AnalysisException):
        retry(broken, "t")
    assert broken.calls == 1


def test_a_version_without_a_card_goes_once_all_its_files_are_old() -> None:
    objects = [
        ("00000001-0a1b2c3d/model.npz", OLD), ("00000001-0a1b2c3d/matrix/part-00000.csv", OLD),
        ("00000002-0a1b2c3d/model.npz", OLD), ("00000002-0a1b2c3d/matrix/part-00000.csv", YOUNG),
        ("00000003-0a1b2c3d/model.npz", OLD), (f"00000003-0a1b2c3d/{models.CARD}", OLD),
    ]  # fmt: skip

    assert unpublished(objects, NOW) == {"00000001-0a1b2c3d": [name for name, _ in objects[:2]]}


@pytest.mark.parametrize("key", [models.POINTER, ".latest.json.lock", "notes/readme.txt", "00000001-0a1b2c3d", "1-2/x"])
def test_what_is_no_version_is_never_swept(key: str) -> None:
    assert unpublished([(key, OLD)], NOW) == {}


def test_every_name_that_a_refit_gives_is_swept() -> None:
    version = models.version_name(123456789, "0a1b2c3d4e5f")

    assert unpublished([(f"{version}/{models.MODEL}", OLD)], NOW).keys() == {version}
