"""The rule accepts a candidate only where nothing speaks against it, and its money is that of docs/costs.md."""

import numpy as np
import pytest

from benchmarks.artifact_choice import money
from benchmarks.artifact_choice.comparison import accepted, against, between_films
from benchmarks.artifact_choice.measures import AT_ONCE, MEASURES
from benchmarks.suggestions.sets import Photos
from contracts.photos import costs
from contracts.prices.price_list import packed
from infra.ops.costs import what_if
from infra.ops.costs.workload import BALANCED, FRUGAL, Workload

PRICES = packed().region("eu-west-3")
SMALL, _, HEIC = what_if.FORMATS
RIGHT = np.random.default_rng(5).random(400) < 0.8
GROUPS = np.arange(400)


def in_all(right: np.ndarray) -> dict[str, np.ndarray]:
    return dict.fromkeys(MEASURES, right)


def test_a_candidate_that_answers_alike_is_accepted() -> None:
    assert accepted({"one set": against(in_all(RIGHT), in_all(RIGHT), GROUPS)})


@pytest.mark.parametrize("measure", MEASURES)
def test_red_twin_one_measure_of_one_set_that_loses_refuses_it(measure: str) -> None:
    worse = RIGHT.copy()
    worse[:40] = False
    same, lost = in_all(RIGHT), {**in_all(RIGHT), measure: worse}

    assert not accepted(
        {"one set": against(same, same, GROUPS), "another": against(lost, same, GROUPS)},
    )


def test_only_the_photos_that_are_taken_are_compared() -> None:
    worse = RIGHT.copy()
    worse[:40] = False

    found = against(in_all(worse), in_all(RIGHT), GROUPS, GROUPS >= 40)

    assert found[AT_ONCE]["photos"] == 360
    assert found[AT_ONCE]["lost"] == 0


def test_two_films_of_a_fruit_are_compared_and_a_fruit_of_one_film_is_not() -> None:
    labels, folds = ["kiwi"] * 20 + ["plum"] * 10, np.array([0] * 10 + [1] * 10 + [0] * 10)
    right = np.array([True] * 10 + [True] * 6 + [False] * 4 + [True] * 10)

    found = between_films({AT_ONCE: right}, Photos(np.zeros((30, 2)), labels, folds, folds))

    assert found == {"labels": 1, "mean_apart": pytest.approx(0.4), "labels_over_margin": 1}


def test_without_a_lighter_network_the_month_is_that_of_the_published_page() -> None:
    published = what_if.cell(Workload(1_000_000, *SMALL[1:]), SMALL[0], BALANCED, "X86_64", PRICES)

    one = money.month(1_000_000, SMALL, BALANCED, PRICES, share=1.0)

    assert one["bill"] == round(float(published.bill.usd), 2)
    assert one["saved"] == 0


def test_a_lighter_network_saves_in_runs_and_less_of_photos_that_take_long_to_read() -> None:
    small = money.month(1_000_000, SMALL, FRUGAL, PRICES, share=0.5)
    heic = money.month(1_000_000, HEIC, FRUGAL, PRICES, share=0.5)

    assert 0 < small["saved"] < small["runs"]
    assert 0 < heic["saved_share"] < small["saved_share"]


def test_work_done_anew_costs_less_with_a_lighter_network_and_the_same_fetches() -> None:
    whole, light = (money.again(SMALL, PRICES, share) for share in (1.0, 0.5))

    assert light["runs"] < whole["runs"]
    assert light["gets"] == whole["gets"]
    assert whole["core_hours"] == pytest.approx(1_000_000 * 0.025 / 3600, abs=0.1)


def test_at_its_break_even_a_network_gains_just_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = money.break_even(money.month(10_000_000, SMALL, BALANCED, PRICES))

    monkeypatch.setattr(costs, "NETWORK_SECONDS", seconds)

    assert money.month(10_000_000, SMALL, BALANCED, PRICES)["saved_share"] == pytest.approx(money.REAL, abs=0.002)
