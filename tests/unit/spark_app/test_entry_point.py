"""How a run ends: one line, an exit code, and the same line where `--report` says, if it can be written there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import GiveUp, RetryLater
from contracts.jobs.report import Closing, decode
from spark_app import extract_job, maintain_job, refit_job
from spark_app.entry_point import run_job
from spark_app.stores.buckets import StoreSettings


def work(outcome: dict[str, Any] | Exception) -> Callable[[], dict[str, Any]]:
    def done() -> dict[str, Any]:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return done


ENDS: list[tuple[dict[str, Any] | Exception, Closing]] = [
    ({"outcome": "done", "photos": 3}, Closing("done", 0, "")),
    ({"outcome": "unchanged"}, Closing("unchanged", 0, "")),
    (RetryLater("a store did not answer"), Closing("RetryLater", 75, "a store did not answer")),
    (GiveUp("the manifest is wrong"), Closing("GiveUp", 65, "the manifest is wrong")),
]


@pytest.mark.parametrize(("outcome", "closing"), ENDS, ids=[closing.outcome for _, closing in ENDS])
def test_the_line_that_is_printed_is_written_too(
    outcome: dict[str, Any] | Exception, closing: Closing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "runs" / "1.json"

    code = run_job(work(outcome), f"file://{report}", StoreSettings())

    assert code == closing.exit_code
    assert decode(report.read_bytes()) == closing
    assert capsys.readouterr().out.encode() == report.read_bytes()


@pytest.mark.parametrize(("outcome", "closing"), ENDS, ids=[closing.outcome for _, closing in ENDS])
@pytest.mark.parametrize("place", ["file", "no-place"])
def test_a_report_that_cannot_be_written_is_said_and_changes_no_exit_code(
    outcome: dict[str, Any] | Exception,
    closing: Closing,
    place: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_bytes(b"")
    report = str(tmp_path / "file" / "1.json") if place == "file" else "gopher://a/b"

    assert run_job(work(outcome), report, StoreSettings()) == closing.exit_code

    printed = capsys.readouterr()
    assert "the report is not written: GiveUp" in printed.err
    assert json.loads(printed.out)["outcome"] == closing.outcome


def test_a_fault_of_ours_is_no_report(tmp_path: Path) -> None:
    report = tmp_path / "1.json"

    with pytest.raises(KeyError):
        run_job(work(KeyError("a fault")), str(report), StoreSettings())

    assert not report.exists()


def test_every_entry_point_takes_the_option_and_writes_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "1.json"
    lines = [
        (extract_job, ["--manifest", "m", "--table", "t", "--artifact", "a"]),
        (refit_job, ["--table", "t", "--reduced", "r", "--models", "m"]),
        (maintain_job, ["--tables", "t"]),
    ]
    for job, line in lines:
        assert job.parse(line).report is None
        assert job.parse([*line, "--report", "s3://b/k"]).report == "s3://b/k"
    for job, line in lines[1:]:  # a table's odd name is seen before a session is opened
        assert job.main([*line, "--report", str(report)]) == 65
        assert decode(report.read_bytes()).outcome == "GiveUp"
        report.unlink()
    capsys.readouterr()
