"""The page about the doctor has a line for each line that the doctor shows."""

import re
from pathlib import Path

from contracts.jobs.probes import Probe

PAGE = Path(__file__).resolve().parents[3] / "docs" / "doctor.md"
OF_THE_SERVICE = {"files", "run", "log in S3", "log in CloudWatch", "bill"}


def lines(page: str) -> set[str]:
    table = page.partition("## The lines")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    return {name.strip() for cell in cells for name in cell.split(",")} - {"line", "---"}


def test_each_line_is_explained_and_no_other() -> None:
    assert lines(PAGE.read_text()) == OF_THE_SERVICE | {probe.value.replace("_", " ") for probe in Probe}


def test_red_twin_a_line_that_is_not_explained_is_missed() -> None:
    assert "clock" not in lines(PAGE.read_text().replace("| clock |", "| clocks |"))
