"""What is made of rounds: ratios of neighbours alone, and results that hold the latest runs of each arm."""

from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.extract import page, report
from benchmarks.extract.arms.rows import COLUMNS, arrow_rows
from benchmarks.extract.suite import ARMS, ESSENTIAL, Block
from benchmarks.extract.targets import ratios, reached


def run(arm: str, round: str, seconds: float, peak_mb: int = 100) -> dict[str, Any]:
    first = {"photos": 10, "seconds": 9.0}
    return {"arm": arm, "round": round, "images": 100, "seconds": seconds, "first_commit": first, "mean_mb": 0.005} | {
        "cpu": 0.01,
        "peak_mb": peak_mb,
        "cosine_min": 1.0,
    }


def test_a_ratio_is_taken_of_runs_in_the_same_round_alone() -> None:
    runs = [run("ours", "day 0.0", 2.0), run("daft", "day 0.0", 4.0), run("daft", "day 0.1", 9.0)]

    assert ratios(runs, "ours", "daft") == [2.0]


def test_a_target_whose_arms_never_ran_in_one_round_is_left_out() -> None:
    runs = [run("ours", "monday 0.0", 2.0), run("daft", "tuesday 0.0", 4.0)]

    assert [target["what"] for target in reached(runs, {})] == []


def test_a_target_holds_the_median_the_least_and_the_most_of_its_rounds() -> None:
    speeds = {"0.0": 2.0, "0.1": 4.0, "0.2": 5.0}
    runs = [run("ours", number, 10.0) for number in speeds] + [
        run("daft", n, 10 * times) for n, times in speeds.items()
    ]

    assert reached(runs, {})[0] == {
        "what": "times Daft",
        "at_least": 1.05,
        "measured": 4.0,
        "low": 2.0,
        "high": 5.0,
        "rounds": 3,
        "met": True,
    }


def test_an_arm_that_is_measured_again_loses_its_earlier_runs_and_others_keep_theirs() -> None:
    earlier = [run("ours", "monday 0.0", 2.0), run("floor", "monday 0.0", 1.0), run("gone", "monday 0.0", 1.0)]
    found = report.merged(earlier, [run("ours", "tuesday 0.0", 4.0)], "2026-11-28")

    assert [(each["arm"], each["round"]) for each in found["runs"]] == [
        ("floor", "monday 0.0"),
        ("ours", "tuesday 0.0"),
    ]
    assert found["arms"]["ours"]["images_per_second"] == 25.0


def test_the_page_names_each_set_that_was_measured_and_no_other() -> None:
    found = report.merged([], [run("floor-12mp", "0.0", 4.0), run("ours-12mp", "0.0", 5.0)], "2026-11-28")
    headings = [line for line in page.markdown(found).splitlines() if line.startswith("## ")]

    assert headings == ["## 12 MP JPEG"]


def test_every_second_round_runs_backwards_without_those_that_run_once() -> None:
    block = Block(("floor", "predict_batch_udf", "brief", "ours"), 2, once=["brief"])

    first = [(0, "floor"), (0, "predict_batch_udf"), (0, "brief"), (0, "ours")]
    assert block.turns() == [*first, (1, "ours"), (1, "floor")]


def test_each_floor_runs_before_the_arms_that_are_compared_with_its_features() -> None:
    for block in ESSENTIAL:
        arms = list(block.arms)
        for name in arms:
            floor = ARMS[name].floor
            assert floor not in arms or arms.index(floor) <= arms.index(name)


def test_a_row_holds_the_features_as_a_list_of_float32_and_digests_of_key_and_bytes() -> None:
    rows = arrow_rows(["a/1.jpg", "b/2.jpg"], [b"one", b"three"], np.arange(6, dtype=np.float32).reshape(2, 3))

    assert rows.column_names == list(COLUMNS)
    assert rows.schema.field("features").type == pa.list_(pa.float32())
    assert rows["features"].to_pylist() == [[0, 1, 2], [3, 4, 5]]
    assert rows["size_bytes"].to_pylist() == [3, 5]
    assert rows["content_sha256"][0].as_py().startswith("7692c3ad3540bb80")
