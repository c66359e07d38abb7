"""Run a command to its end, and write what CPU its whole process tree has used. A script of its own.

    python tree_meter.py FOLDER COMMAND...

It stands between the local cloud and `spark-submit`. Linux gives it the orphans of the tree, so what PySpark's workers
have used is counted by the kernel too, whoever has started them: nothing is sampled. It writes `FOLDER/<run id>.json`:
seconds since 1970 at the start and the end, and CPU seconds.
"""

import ctypes
import json
import os
import resource
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def main(folder: Path, command: list[str]) -> int:
    """Run the command, wait for all of its tree, and return the command's exit code."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    began = time.time()
    child = os.posix_spawn(command[0], command, os.environ)
    code, ended = 0, began
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:  # nobody of the tree is left
            break
        if pid == child:
            code, ended = os.waitstatus_to_exitcode(status), time.time()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    run_id = Path.cwd().parents[1].name  # the job works in <run id>/<attempt>/work
    found = {"began": began, "ended": ended, "user": used.ru_utime, "system": used.ru_stime}
    (folder / f"{run_id}.json").write_text(json.dumps(found))
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
