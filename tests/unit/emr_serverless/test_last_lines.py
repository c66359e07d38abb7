"""What a function prints in a call is shown with that call, though the thread that reads its pipe comes late."""

import os
from types import SimpleNamespace

from infra.local.emr_serverless.last_lines import keep_last_lines, reading_to_the_end


def worker_with(fd: int, lines: list[str]) -> SimpleNamespace:
    """A worker of ministack's kind whose pipe is read from `fd` into `lines`."""
    stderr = SimpleNamespace(closed=False, fileno=lambda: fd)
    return SimpleNamespace(_proc=SimpleNamespace(stderr=stderr), lines=lines)


def taken(worker: SimpleNamespace, **_: float) -> str:
    return "\n".join(worker.lines)


def test_lines_that_still_lie_in_the_pipe_are_waited_for() -> None:
    end, start = os.pipe()
    os.write(start, b"first\nlast\n")
    worker = worker_with(end, [])

    def read_late(_: float) -> None:
        worker.lines.append(os.read(end, 6 if not worker.lines else 99).decode().strip())

    assert taken(worker) == ""
    assert reading_to_the_end(taken, read_late)(worker) == "first\nlast"


def test_a_call_that_prints_nothing_and_a_worker_that_is_gone_are_not_waited_for() -> None:
    end, _ = os.pipe()
    waits: list[float] = []
    gone = SimpleNamespace(_proc=None, lines=["said before"])

    assert reading_to_the_end(taken, waits.append)(worker_with(end, [])) == ""
    assert reading_to_the_end(taken, waits.append)(gone) == "said before"
    assert waits == []


def test_a_class_is_changed_once() -> None:
    workers = type("Workers", (), {"_drain_stderr_bounded": taken})

    keep_last_lines(workers)
    once = vars(workers)["_drain_stderr_bounded"]
    keep_last_lines(workers)

    assert vars(workers)["_drain_stderr_bounded"] is once is not taken
