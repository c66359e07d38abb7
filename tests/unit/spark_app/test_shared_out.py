"""The parts of a table's files are shared out evenly, and the same at each call."""

from hypothesis import given
from hypothesis import strategies as st

from spark_app.lake.data_files import DataFiles, RowGroup, shared_out

SIZES = st.lists(st.integers(1, 10**9), min_size=1, max_size=40)


def groups(sizes: list[int]) -> list[RowGroup]:
    return [RowGroup(f"s3://lake/{n // 3:02d}.parquet", 10**10, 10, n % 3, size) for n, size in enumerate(sizes)]


@given(SIZES, st.integers(1, 40))
def test_each_part_is_given_once_and_no_task_gets_much_more_than_its_share(sizes: list[int], tasks: int) -> None:
    shares = shared_out(groups(sizes), tasks)

    given_out = [group for share in shares for group in share]
    assert sorted(given_out, key=lambda one: (one.uri, one.number or 0)) == groups(sizes)
    assert len(shares) == min(tasks, len(sizes))
    longest = max(sum(group.bytes for group in share) for share in shares)
    assert longest <= sum(sizes) / len(shares) + max(sizes)


@given(SIZES, st.randoms(use_true_random=False))
def test_the_order_in_which_iceberg_names_the_files_changes_nothing(sizes: list[int], draw: object) -> None:
    mixed = groups(sizes)
    draw.shuffle(mixed)  # type: ignore[attr-defined]

    assert shared_out(mixed, 4) == shared_out(groups(sizes), 4)


def test_no_files_are_one_task_without_work() -> None:
    assert shared_out([], 4) == [[]]


def test_what_came_since_an_earlier_snapshot_is_told_by_files_and_not_told_if_any_has_gone() -> None:
    all_of = groups([1, 2, 3, 4, 5, 6])
    now, earlier = DataFiles(tuple(all_of), {}, "a"), DataFiles(tuple(all_of[:3]), {}, "a")

    assert now.since(earlier) == DataFiles(tuple(all_of[3:]), {}, "a")
    assert now.since(now) == DataFiles((), {}, "a")
    assert earlier.since(now) is None
