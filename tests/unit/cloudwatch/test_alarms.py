"""The tables of AWS's documentation, row by row, and what follows from its words.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, "How alarm state is
evaluated when data is missing": 0 is a datapoint that breaches nothing, X one that breaches, - a missing one. The
latest is last.
"""

import pytest

from infra.local.cloudwatch.rules.alarms import Condition, Missing, State, reason, state

OK, ALARM, UNKNOWN, KEPT = "OK", "ALARM", "INSUFFICIENT_DATA", "the state that it has"
TREATMENTS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)

THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "- - - - 0": (OK, OK, OK, OK),
    "- - - - -": (UNKNOWN, KEPT, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, KEPT, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - X -": (ALARM, KEPT, ALARM, OK),
}
CASES = [
    (to_alarm, row, treatment, said[place])
    for to_alarm, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for row, said in table.items()
    for place, treatment in enumerate(TREATMENTS)
]


def points(row: str) -> list[float | None]:
    return [{"0": 0.0, "X": 9.0, "-": None}[mark] for mark in row.split()]


def condition(to_alarm: int = 3, periods: int = 3, missing: Missing = Missing.MISSING) -> Condition:
    return Condition("GreaterThanThreshold", 3.0, periods, to_alarm, missing)


@pytest.mark.parametrize("now", State)
@pytest.mark.parametrize(("to_alarm", "row", "treatment", "said"), CASES)
def test_the_tables_of_the_documentation(to_alarm: int, row: str, treatment: Missing, said: str, now: State) -> None:
    expected = now if said == KEPT else State(said)

    assert state(condition(to_alarm, missing=treatment), points(row), now) is expected


def test_the_documentation_gives_a_range_of_five_for_three_periods() -> None:
    assert condition().evaluation_range == 5


@pytest.mark.parametrize(
    ("row", "became"),
    [("0 0 X X X", "ALARM"), ("0 X X X 0", "OK"), ("X 0 0 0 X", "OK")],
    ids=["three in a row", "the sixth period of the documentation's figure", "its ninth"],
)
def test_without_missing_datapoints_the_latest_periods_decide(row: str, became: str) -> None:
    assert state(condition(), points(row), State.OK) is State(became)


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanOrEqualToThreshold", (False, True, True)),
        ("GreaterThanThreshold", (False, False, True)),
        ("LessThanThreshold", (True, False, False)),
        ("LessThanOrEqualToThreshold", (True, True, False)),
    ],
)
def test_each_comparison_is_taken_by_its_name(comparison: str, breaching: tuple[bool, ...]) -> None:
    assert tuple(Condition(comparison, 3.0, 1, 1).breaches(value) for value in (2.0, 3.0, 4.0)) == breaching


@pytest.mark.parametrize("missing", [Missing.MISSING, Missing.BREACHING, Missing.NOT_BREACHING])
def test_one_that_fires_says_which_values_crossed_what(missing: Missing) -> None:
    said = reason(condition(2, missing=missing), points("0 0 X 0 X"), State.ALARM)

    assert said == "Threshold Crossed: 2 out of the last 3 datapoints [9, 9] were greater than the threshold (3)."


def test_one_that_looks_further_back_names_what_it_found_there() -> None:
    said = reason(condition(1, periods=1, missing=Missing.IGNORE), points("- 0 -"), State.OK)

    assert said == "Threshold Crossed: 1 out of the last 1 datapoints [0] was not greater than the threshold (3)."


def test_one_without_data_says_so() -> None:
    nothing = points("- - - - -")

    assert reason(condition(), nothing, State.INSUFFICIENT_DATA) == "Insufficient Data: 3 datapoints were unknown."
    assert "treated as [Breaching]" in reason(condition(missing=Missing.BREACHING), nothing, State.ALARM)
