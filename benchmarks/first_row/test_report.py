"""What the page says of runs: medians and ranges of each build, and the ratio of those that took turns."""

from datetime import date

from benchmarks.first_row import report


def run(arm: str, turn: int, seconds: float) -> report.Run:
    return {"arm": arm, "turn": turn, "commit": seconds, "end": seconds + 1, "cpu": seconds / 2, "steps": {"look": 0.5}}


def test_a_build_has_its_median_and_range_and_the_ratio_pairs_the_turns() -> None:
    runs = [run("before", 1, 10.0), run("now", 1, 6.0), run("before", 2, 30.0), run("now", 2, 15.0)]

    lines = report.page(runs, "a machine", date(2026, 11, 28)).splitlines()

    # A median over a median would be 10.5 / 20 = 0.53.
    assert "| wall to the commit | 20.00 s (10.00 to 30.00) | 10.50 s (6.00 to 15.00) | 0.55 (0.50 to 0.60); asked" in (
        "\n".join(lines)
    )
    assert "| look | 0.50 s | 0.50 s |" in lines


def test_a_build_alone_has_no_ratio() -> None:
    lines = report.page([run("now", 1, 6.0)], "a machine", date(2026, 11, 28)).splitlines()

    assert "| wall to the commit | 6.00 s (6.00 to 6.00) |" in lines
