"""The live view names every state, every rejection and every run."""

import io
from datetime import UTC, datetime

from rich.console import Console

from chalicelib.records import Batch, Run
from chalicelib.states import BatchState
from infra.cli.live import picture, summary
from infra.local.pipeline import State

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def drawn(state: State) -> str:
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(picture(state))
    return console.export_text()


def test_what_is_in_the_pipeline_is_in_the_picture() -> None:
    run = Run("00f1", 2, "FAILED", NOW, 60, {"vCPUHour": 0.05})
    batch = Batch("20261124T080000-ab", BatchState.READY, NOW, photos=40, runs=(run,))
    state = State(3, 2, {"WAITING": 5, "DONE": 1200, "REJECTED": 2, "REJECTED corrupt": 2}, [batch])

    text = drawn(state)

    for part in ("1,200", "corrupt", "20261124T080000-ab", "READY", "00f1", "FAILED", "0.050", "dead-letter"):
        assert part in text
    assert summary(state) == "queue 3; photos: 5 waiting, 1,200 done, 2 rejected; batches open: 1"


def test_an_empty_pipeline_is_a_picture_too() -> None:
    state = State(0, 0, {}, [])

    assert "dead-letter" not in drawn(state)
    assert summary(state) == "queue 0; photos: none; batches open: 0"
