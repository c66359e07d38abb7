"""A spark-submit that is none: it takes the same command line, and does at once what the job's arguments say.

    spark-submit [--conf name=value]... entry-point [VERB [WORD]]...

Each verb below takes one word, which may be empty. `hold` waits until somebody opens the FIFO for writing; nobody need,
when the job is to be stopped.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

_properties: dict[str, str] = {}
_entry_point: list[str] = []


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(code: str) -> None:
    sys.stderr.write("ValueError: as it was told\n")
    sys.exit(int(code))


def succeed_on_third(counter: str) -> None:
    """Fail until the third call; the file counts."""
    with Path(counter).open("a") as file:
        file.write("x")
    if Path(counter).stat().st_size < 3:
        fail("1")


def hold(fifo: str) -> None:
    Path(fifo).read_text()


def be_deaf(_: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def say_when_told_to_end(path: str) -> None:
    """Write a file when asked to end, as a shutdown hook would, and end."""

    def end(*_: object) -> None:
        Path(path).write_text("cleaned up")
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)


def leave_a_child(pid_file: str) -> None:
    """Start a child that leaves the process group, as PySpark's daemon does, and outlives everything it can."""
    if os.fork() == 0:
        os.setpgid(0, 0)
        half = Path(f"{pid_file}.half")
        half.write_text(str(os.getpid()))
        half.rename(pid_file)
        signal.pause()


def wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.01)


def touch(path: str) -> None:
    Path(path).touch()


def who_am_i(region: str) -> None:
    """Say who the AWS SDK's own search for credentials makes of this job."""
    import boto3

    session = boto3.session.Session(region_name=region)
    say(session.client("sts").get_caller_identity()["Arn"])


VERBS: dict[str, Callable[[str], None]] = {
    "say": say,
    "fail": fail,
    "succeed-on-third": succeed_on_third,
    "hold": hold,
    "be-deaf": be_deaf,
    "say-when-told-to-end": say_when_told_to_end,
    "leave-a-child": leave_a_child,
    "wait-for": wait_for,
    "touch": touch,
    "who-am-i": who_am_i,
    "env": lambda name: say(os.environ.get(name, "")),
    "property": lambda name: say(_properties.get(name, "")),
    "cat": lambda path: say(Path(path).read_text()),
    "cat-property": lambda name: say(Path(_properties[name]).read_text()),
    "cat-entry-point": lambda _: say(Path(_entry_point[0]).read_text()),
}


def main(words: list[str]) -> None:
    while words and words[0] == "--conf":
        name, _, value = words[1].partition("=")
        _properties[name] = value
        words = words[2:]
    _entry_point.append(words[0])
    for verb, word in zip(words[1::2], words[2::2], strict=True):
        VERBS[verb](word)


if __name__ == "__main__":
    main(sys.argv[1:])
