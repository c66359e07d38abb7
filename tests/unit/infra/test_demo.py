"""The demo holds photos back evenly, and its summary keeps photos' runs and the model's apart."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contracts.errors import GiveUp
from contracts.jobs.names import Kind
from infra.demo.held_back import split_off
from infra.demo.suggestions import Answered
from infra.demo.summary import DemoRecord, of_events, of_models
from infra.ops.stack_state import RunTimes
from infra.ops.uploads import LabelledFile

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def files(count: int, of_each: int = 10) -> list[LabelledFile]:
    return [LabelledFile(Path(f"{number:05d}.jpg"), f"label {number // of_each}") for number in range(count)]


@pytest.mark.parametrize(("count", "later"), [(1500, 200), (6382, 200), (600, 120), (999, 199), (5, 1)])
def test_a_fifth_is_held_back_but_not_more_than_200_and_nothing_is_lost(count: int, later: int) -> None:
    everything = files(count)
    first, held = split_off(everything)
    assert len(held) == later
    assert sorted([*first, *held], key=lambda file: file.path) == everything


def test_what_is_held_back_is_spread_over_the_labels_and_leaves_each_label_photos_to_learn_from() -> None:
    first, held = split_off(files(1500))
    labels = Counter(file.label for file in held)
    assert len(labels) == 150
    assert set(labels.values()) == {1, 2}
    assert min(Counter(file.label for file in first).values()) >= 8


def test_too_few_photos_are_refused_with_the_number_that_is_needed() -> None:
    with pytest.raises(GiveUp, match="at least 5"):
        split_off(files(4))


def run(run_id: str, kind: Kind) -> RunTimes:
    return RunTimes(run_id, kind, "b1", "SUCCESS", NOW, NOW, NOW, 20, {"vCPUHour": 0.1})


def refit(version: str, mode: str) -> dict[str, Any]:
    return {"version": version, "mode": mode, "n": 40, "k": 7, "suggestions": {"top1": 0.5}, "seconds": {"total": 9.5}}


def record(runs: list[RunTimes], reports: dict[str, Any]) -> DemoRecord:
    rows = pa.table({"photo_id": pa.array([], pa.string()), "batch_id": pa.array([], pa.string())})
    answered = [Answered(Path("a.jpg"), "kiwi", [("kiwi", 0.9)], True)]
    return DemoRecord([], rows, [], runs, reports, {}, Counter(), answered)


def test_runs_are_those_of_photos_and_refits_those_of_the_model() -> None:
    runs = [run("e1", Kind.EXTRACT), run("f1", Kind.REFIT), run("e2", Kind.EXTRACT), run("f2", Kind.REFIT)]
    found = record(runs, {"f1": refit("v1", "full"), "f2": refit("v2", "incremental")})

    models = of_models(found)

    assert [one["id"] for one in of_events(found)["runs"]] == ["e1", "e2"]
    assert [one["id"] for one in models["refits"]] == ["f1", "f2"]
    assert models["pca"] == {
        "n": 40, "k": 7, "explained_variance_95_k": None, "mode": "incremental", "seconds": 9.5, "version": "v2",
        "snapshot_id": None,
    }  # fmt: skip
    assert models["suggestions"]["top1"] == 1.0
    assert models["suggestions"]["held_out"] == {"top1": 0.5}


def test_a_story_without_a_refit_claims_no_model() -> None:
    models = of_models(record([run("e1", Kind.EXTRACT)], {}))
    assert (models["pca"], models["refits"], models["suggestions"]["held_out"]) == ({}, [], None)
