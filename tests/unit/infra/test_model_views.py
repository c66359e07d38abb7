"""A card, a comparison and the demo's figures in words that a person understands, whatever is missing in them."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from infra.cli import model_views, upkeep_views
from infra.cli.model_views import NOTES, change, comparison, facts, suggestions, versions
from spark_app.models.card import ModelCard
from spark_app.pca.fit import FitOutcome

DRIFT = {
    "change": 0.0123,
    "reproject": False,
    "threshold": 0.05,
    "principal_angles": [0.1, 30.5, 2.0],
    "close_eigenvalues": [1],
    "mean_shift": [0.02, -0.4, 0.0],
    "variance_ratio": [1.0, 0.9, 1.25],
    "residual": 0.051,
}
CALIBRATED = {"threshold": 0.42, "top1": 0.875, "top3": 0.96, "unknown": 0.1, "photos": 800, "classes": 131}


def card(**changes: Any) -> ModelCard:
    told: dict[str, Any] = {
        "version": "00000007-ab12cd34", "created_at": "2026-11-24T22:01:02.345+00:00", "table": "fruits.db.photos",
        "snapshot_id": 4711, "sequence_number": 7, "backbone": "net", "artifact_sha256": "f" * 64, "n": 1500,
        "width": 1280, "k": 3, "mode": "incremental", "why": "changes since snapshot 4710", "rows_inserted": 200,
        "rows_deleted": 1, "left_out": {}, "settings": {}, "explained": 0.9512,
        "components_for": {"80%": 1, "95%": 3, "99%": 5}, "shares": [0.5, 0.3, 0.1512], "notes": [],
        "previous": "00000006-aa00bb00", "drift": DRIFT, "suggestions": CALIBRATED, "matrix": {"rows": 1500},
        "reduced": "fruits.db.reduced",
    }  # fmt: skip
    return ModelCard(**{**told, **changes})


def text(told: model_views.Facts) -> str:
    return "\n".join(f"{name}: {what}" for name, what in told)


def printed(show: Any, *what: Any) -> str:
    console = Console(width=250, record=True, file=io.StringIO())
    show(console, *what)
    return console.export_text()


def test_a_card_says_what_was_fitted_why_so_what_is_kept_and_where_the_pictures_are() -> None:
    told = text(facts(card(), "s3://lake/models/pca"))
    for part in (
        "2026-11-24 22:01:02 UTC, incremental: changes since snapshot 4710",
        "1,500 with features; 200 came and 1 went since",
        "80% in 1, 95% in 3, 99% in 5 components",
        "k = 3 components with 95.12% of the variance",
        "changed by 1.23% since 00000006-aa00bb00: old coordinates still do (the limit is 5%)",
        "131 labels; of 800 photos, each held against the other half of its label's, the first was right for 87.5%",
        "s3://lake/models/pca/00000007-ab12cd34/: pictures scree.png",
    ):
        assert part in told
    assert "left out" not in told


def test_a_first_model_without_labels_says_so_and_names_what_was_left_out() -> None:
    first = card(drift=None, previous=None, suggestions=None, mode="full", left_out={"e" * 64: 12}, notes=["k_capped"])
    told = text(facts(first, "s3://lake/models/pca"))
    for part in ("first model of these features", "they need labelled photos", "12 photos", NOTES["k_capped"]):
        assert part in told
    assert "came and" not in told


def test_a_threshold_that_is_passed_says_what_to_do() -> None:
    assert "made anew" in change({**DRIFT, "change": 0.07, "reproject": True}, "v1")


def test_suggestions_that_no_photo_was_held_out_for_claim_nothing() -> None:
    assert suggestions({**CALIBRATED, "photos": 0}) == "none: they need labelled photos"


@pytest.mark.parametrize("outcome", [
    FitOutcome.FEWER_ROWS_THAN_COMPONENTS, FitOutcome.RANK_DEFICIENT, FitOutcome.CONSTANT_COLUMN, FitOutcome.K_CAPPED,
])  # fmt: skip
def test_every_note_of_a_fit_is_put_into_words(outcome: FitOutcome) -> None:
    assert outcome.value in NOTES


def test_the_list_marks_the_latest_which_need_not_be_the_last() -> None:
    other = card(version="00000009-99999999", drift=None)
    lines = printed(lambda console: console.print(versions([card(), other], "00000007-ab12cd34"))).splitlines()
    assert any("00000007-ab12cd34 latest" in line and "1.23%" in line for line in lines)
    assert any("00000009-99999999" in line and "latest" not in line and "first" in line for line in lines)


def test_in_a_narrow_terminal_versions_can_be_told_apart() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(versions([card()], "00000007-ab12cd34"))
    assert "…" not in console.export_text()


def test_suggestions_that_are_nearly_all_unknown_say_what_would_help() -> None:
    assert "more photos of each label would help" in suggestions({**CALIBRATED, "unknown": 0.998})
    assert "would help" not in suggestions(CALIBRATED)


def test_a_comparison_names_angles_shift_stretch_and_what_lies_outside() -> None:
    told = text(comparison(card(n=1300), card(), DRIFT))
    for part in ("1,300 then, 1,500 now", "half below 2.00°, the largest 30.50°", "at most 0.400", "0.900 to 1.250",
                 "5.10%", "which may turn with it: 1"):  # fmt: skip
        assert part in told


def test_a_comparison_is_shown_component_by_component() -> None:
    shown = printed(model_views.show_comparison, card(), card(), DRIFT)
    assert "pc_2" in shown
    assert "-0.400" in shown
    assert "30.00%" in shown


def test_the_demo_s_refits_are_side_by_side_even_if_the_second_found_nothing_new() -> None:
    first = {
        "version": "v1", "mode": "full", "why": "there is no model yet", "n": 40, "rows_inserted": 40,
        "rows_deleted": 0, "k": 7, "explained": 0.951, "change": None, "reproject": None, "seconds": 9.54,
    }  # fmt: skip
    second = {**first, "mode": "incremental", "explained": None, "why": "changes since snapshot 1"}
    third = {**first, "version": "v3", "change": 0.08, "reproject": True}
    shown = printed(model_views.show_refits, [first, second, third])
    for part in ("7 components keep 95.10% of the variance", "incremental: changes since", "8.00% of the space", "9.5"):
        assert part in shown


def test_the_demo_s_suggestions_say_what_their_figures_are_worth() -> None:
    told: dict[str, Any] = {
        "photos": 200,
        "top1": 0.9,
        "top3": 0.98,
        "unknown": 0.05,
        "right_when_known": None,
        "whole_scenes": False,
        "held_out": CALIBRATED,
    }
    told["examples"] = [
        {"photo": "a.jpg", "label": "Kiwi", "suggestions": [("Kiwi", 0.9), ("Plum", 0.5)], "known": True},
        {"photo": "b.jpg", "label": "Pear", "suggestions": [("[red]Fig", 0.2)], "known": False},
        {"photo": "c.jpg", "label": "Lime", "suggestions": [], "known": False},
    ]
    shown = printed(model_views.show_suggestions, told)
    for part in ("200 photos", "90.0%", "98.0%", "5.0%", "flatter", "87.5%", "800 photos", "Plum 0.50",
                 "[red]Fig 0.20: unknown", "none"):  # fmt: skip
        assert part in shown
    scenes = printed(model_views.show_suggestions, {**told, "whole_scenes": True})
    assert "flatter" not in scenes
    assert "No film or scene of theirs" in scenes
    assert "No suggestions" in printed(model_views.show_suggestions, {**told, "photos": 0})


def test_a_maintenance_is_told_table_by_table_with_what_it_did_not_find() -> None:
    done = {
        "files_before": 1200, "files_after": 3, "bytes_before": 5_400_000, "bytes_after": 5_100_000,
        "batches_compacted": 7, "snapshots_expired": 11, "orphans_removed": 13,
    }  # fmt: skip
    report = {"tables": {"f.db.photos": done}, "absent": ["f.db.reduced"], "model_files_removed": 4}
    shown = printed(upkeep_views.show, {**report, "seconds": {"total": 17.2}})
    assert cells(shown, "table") == [
        "table", "files before", "after", "MB before", "after", "batches compacted", "snapshots expired",
        "orphans gone",
    ]  # fmt: skip
    assert cells(shown, "f.db.photos") == ["f.db.photos", "1,200", "3", "5.4", "5.1", "7", "11", "13"]
    for part in ("no table f.db.reduced", "4 files", "17 s"):
        assert part in shown


def test_a_repair_shows_the_run_s_own_table_and_what_came_of_it() -> None:
    output = 'photo  row\n[a]    goes\n{"outcome": "planned"}\n'
    planned = {"outcome": "planned", "photos_doubled": 1, "rows_removed": 0, "snapshot_id": None}
    done = {"outcome": "done", "photos_doubled": 1, "rows_removed": 1234, "snapshot_id": 77}

    assert "[a]    goes\nNothing was changed: fruits repair does it." in printed(
        upkeep_views.show_repair, output, planned
    )
    assert "1,234 rows are gone, in snapshot 77." in printed(upkeep_views.show_repair, output, done)
    assert "nothing to repair" in printed(upkeep_views.show_repair, output, {**done, "photos_doubled": 0})
    assert "planned" not in printed(upkeep_views.show_repair, output, done)


def cells(shown: str, first: str) -> list[str]:
    """Return the cells of the one line of a table that begins with a cell of that text."""
    rows = [[cell.strip() for cell in re.split("[│┃]", line)[1:-1]] for line in shown.splitlines()]
    (found,) = [row for row in rows if row[:1] == [first]]
    return found
