"""The paired comparison finds a planted difference, and does not find one where whole groups flip by chance."""

import numpy as np
import pytest

from benchmarks.artifact_choice.paired import Bools, Groups, Paired, Verdict, compared, mcnemar

FEW = 999
GROUPS, EACH = 60, 20
TRIES = 60


def planted(rng: np.random.Generator, gained: float, lost: float) -> tuple[Bools, Bools, Groups]:
    """Photos in groups that flip whole: each group is gained or lost with these chances."""
    group = np.repeat(np.arange(GROUPS), EACH)
    chance = rng.random(GROUPS)
    gains, losses = chance < gained, (chance >= gained) & (chance < gained + lost)
    reference = np.where(np.repeat(gains, EACH), False, np.repeat(losses, EACH) | (rng.random(len(group)) < 0.8))
    candidate = reference ^ np.repeat(gains | losses, EACH)
    return candidate, reference, group


def held(one: Paired, truth: float) -> bool:
    return one.low <= truth <= one.high


def share_held(gained: float, lost: float, as_photos: bool) -> float:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(TRIES):
        candidate, reference, group = planted(rng, gained, lost)
        groups = np.arange(len(group)) if as_photos else group
        found.append(held(compared(candidate, reference, groups, FEW), gained - lost))
    return float(np.mean(found))


def test_a_planted_difference_is_found_and_lies_in_its_interval() -> None:
    candidate, reference, group = planted(np.random.default_rng(1), gained=0.02, lost=0.25)

    one = compared(candidate, reference, group, FEW)

    assert one.high < 0
    assert held(one, -0.23)
    assert one.verdict(0.01) is Verdict.WORSE


def test_a_planted_null_is_held_by_19_intervals_of_20_though_whole_groups_flip() -> None:
    assert share_held(0.1, 0.1, as_photos=False) >= 0.9


def test_red_twin_photos_taken_for_independent_find_a_difference_that_is_not_there() -> None:
    assert share_held(0.1, 0.1, as_photos=True) < 0.6


def test_two_that_answer_alike_differ_by_nothing() -> None:
    right = np.array([True, False, True])

    one = compared(right, right, np.array([0, 0, 1]), FEW)

    assert (one.gained, one.lost, one.difference, one.low, one.high, one.mcnemar) == (0, 0, 0.0, 0.0, 0.0, 1.0)


def test_gains_and_losses_are_counted_photo_by_photo() -> None:
    candidate, reference = np.array([True, True, False, False]), np.array([True, False, True, True])

    one = compared(candidate, reference, np.arange(4), FEW)

    assert (one.gained, one.lost, one.difference, one.reference) == (1, 2, -0.25, 0.75)


def test_the_same_photos_give_the_same_interval_whatever_their_order() -> None:
    candidate, reference, group = planted(np.random.default_rng(2), 0.1, 0.2)
    order = np.random.default_rng(4).permutation(len(group))

    assert compared(candidate[order], reference[order], group[order], FEW) == compared(candidate, reference, group, FEW)


def test_a_group_is_drawn_with_its_size_so_no_interval_leaves_what_is_possible() -> None:
    group = np.repeat(np.arange(30), np.arange(1, 31))
    reference = np.ones(len(group), np.bool_)

    one = compared(group == 3, reference, group, FEW)

    assert -1 <= one.low < one.difference < one.high


def test_mcnemar_is_the_exact_binomial_test_of_the_discordant_pairs() -> None:
    # Two tails of B(8, 1/2) at 2 or less: 2 (1 + 8 + 28) / 256.
    assert mcnemar(2, 6) == pytest.approx(74 / 256)
    assert mcnemar(0, 0) == 1.0


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.009, 0.002, Verdict.NOT_WORSE),
        (-0.011, 0.002, Verdict.UNDECIDED),
        (-0.010, 0.002, Verdict.UNDECIDED),
        (-0.030, -0.011, Verdict.WORSE),
        (-0.030, -0.009, Verdict.UNDECIDED),
    ],
)
def test_only_a_whole_interval_above_the_margin_is_not_worse(low: float, high: float, verdict: Verdict) -> None:
    assert Paired(1, 1, 0.5, 0, 0, 0.0, low, high, 1.0).verdict(0.01) is verdict


def test_photos_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="no photos in pairs"):
        compared(np.array([True]), np.array([True, False]), np.array([0, 1]))
    with pytest.raises(ValueError, match="no photos in pairs"):
        compared(np.array([], np.bool_), np.array([], np.bool_), np.array([], np.int64))
