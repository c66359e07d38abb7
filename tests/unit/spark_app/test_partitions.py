"""Partitions: every photo in exactly one, and the heaviest task close to the best possible."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from contracts.photos.costs import cpu_seconds
from spark_app.extract.partitions import PHOTOS_PER_TASK, WORKER_START_SECONDS, plan, weights

COSTS = st.lists(st.integers(0, 25_000_000).map(lambda size: cost(size)), min_size=1, max_size=200)


def cost(size_bytes: int, name: str = "k.jpg") -> float:
    return cpu_seconds(name, size_bytes)


@given(COSTS, st.integers(1, 20))
def test_every_photo_is_in_exactly_one_partition_and_none_is_empty(costs: list[float], partitions: int) -> None:
    shares = plan(costs, [1.0] * partitions)

    assert sorted(index for share in shares for index in share) == list(range(len(costs)))
    assert all(shares)


@given(COSTS, st.integers(1, 20))
def test_the_heaviest_partition_keeps_grahams_bound(costs: list[float], partitions: int) -> None:
    at_least = max(max(costs), sum(costs) / partitions)

    heaviest = max(sum(costs[index] for index in share) for share in plan(costs, [1.0] * partitions))

    # 4/3 of the optimum; `at_least` may lie below the optimum, where 2 - 1/m of it is the list-scheduling bound.
    assert heaviest <= (2 - 1 / partitions) * at_least + 1e-9


def test_costs_and_not_counts_are_balanced() -> None:
    costs = [cost(20_000_000)] * 2 + [cost(5_000)] * 100

    shares = plan(costs, [1.0] * 3)

    # Equal counts would put 34 photos in each, and both giants in one.
    loads = [sum(costs[index] for index in share) for share in shares]
    assert max(loads) - min(loads) < 2 * cost(5_000)
    assert all(len({0, 1} & set(share)) <= 1 for share in shares)


def test_a_heic_weighs_more_than_a_jpeg_of_the_same_bytes() -> None:
    costs = [cost(2_000_000, "a.heic")] * 2 + [cost(2_000_000)] * 22

    # By bytes, twelve photos each, the HEICs side by side in the first one or not; by cost each goes alone.
    shares = plan(costs, [1.0] * 2)

    loads = [sum(costs[index] for index in share) for share in shares]
    assert max(loads) - min(loads) < 2 * cost(2_000_000)
    assert [len({0, 1} & set(share)) for share in shares] == [1, 1]
    assert len(weights([cost(2_000_000, "a.heic")] * 1_000, slots=2)) > len(weights([cost(2_000_000)] * 1_000, slots=2))


def test_the_count_grows_by_whole_waves_and_never_beyond_the_photos() -> None:
    assert len(weights([cost(5_000)], slots=2)) == 1
    assert len(weights([cost(5_000)] * 300, slots=2)) == 6
    assert len(weights([cost(5_000)] * (PHOTOS_PER_TASK * 10), slots=4)) == 2 * 4 + 3 * 4
    assert len(weights([cost(25_000_000)] * 3, slots=2)) == min(3, ceil(3 * cost(25_000_000) / WORKER_START_SECONDS))


def test_work_that_is_not_worth_another_workers_start_stays_with_one() -> None:
    assert [len(weights([0.02] * photos, slots=2)) for photos in (10, 49, 51, 101, 1_000)] == [1, 1, 2, 3, 6]


@given(st.integers(1, 5_000), st.integers(1, 16))
def test_partitions_take_the_photos_that_their_share_says_heaviest_first(count: int, slots: int) -> None:
    wanted = weights([cost(5_000)] * count, slots)

    sizes = [len(share) for share in plan([cost(5_000)] * count, wanted)]

    assert sizes == sorted(sizes, reverse=True)
    expected = [count * weight / sum(wanted) for weight in wanted]
    assert all(abs(size - share) <= 1 for size, share in zip(sizes, expected, strict=True)) or count < 20 * slots


def test_slots_of_unequal_speed_end_closer_together_than_with_equal_partitions() -> None:
    costs = [cost(5_000)] * 5_240
    equal = plan(costs, [1.0] * 12)
    guided = plan(costs, weights(costs, slots=2))
    slower = [0.80, 0.84, 0.88, 0.92, 0.96, 0.98]

    idle = [sum(idle_at_the_end(shares, (1.0, speed)) for speed in slower) for shares in (guided, equal)]

    assert idle[0] < idle[1] / 2


def idle_at_the_end(shares: list[list[int]], speeds: tuple[float, ...]) -> float:
    """Photos' worth of time between the first slot's end and the last's: each free slot takes the next partition."""
    free = [0.0] * len(speeds)
    for share in shares:
        slot = min(range(len(speeds)), key=lambda index: free[index])
        free[slot] += len(share) / speeds[slot]
    return max(free) - min(free)
