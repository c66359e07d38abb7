"""A spark-submit that is none: it takes the same command line, and does at once what the job's arguments say.

    spark-submit [--option value]... entry-point [say TEXT | fail CODE | fail-until N COUNTER | hold FIFO | env NAME |
                                                  show-entry-point | properties]...

`hold` waits until somebody opens the FIFO for writing; nobody need, when the job is to be cancelled.
"""

import os
import signal
import sys
from pathlib import Path


def main(words: list[str]) -> int:
    properties = {}
    while words and words[0].startswith("-"):
        name, value, *words = words
        if name == "--conf":
            key, _, setting = value.partition("=")
            properties[key] = setting
    entry_point, *words = words
    while words:
        verb, *words = words
        if verb == "say":
            text, *words = words
            print(text, flush=True)
        elif verb == "fail":
            print("Exception: as told", file=sys.stderr)
            return int(words[0])
        elif verb == "fail-until":
            count, counter, *words = words
            with Path(counter).open("a") as file:
                file.write("x")
            if Path(counter).stat().st_size < int(count):
                return 1
        elif verb == "hold":
            fifo, *words = words
            Path(fifo).read_text()
        elif verb == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        elif verb == "child":  # one that leaves the process group, as PySpark's daemon does
            pid_file, *words = words
            if os.fork() == 0:
                os.setpgid(0, 0)
                Path(pid_file).with_suffix(".half").write_text(str(os.getpid()))
                Path(pid_file).with_suffix(".half").rename(pid_file)
                signal.pause()
        elif verb == "env":
            name, *words = words
            print(os.environ.get(name, ""), flush=True)
        elif verb == "properties":
            for name in sorted(properties):
                print(f"{name}={properties[name]}", flush=True)
        elif verb == "cat":
            path, *words = words
            print(Path(path).read_text(), flush=True)
        elif verb == "show-entry-point":
            print(Path(entry_point).read_text(), flush=True)
        else:
            raise SystemExit(f"no such verb: {verb}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
