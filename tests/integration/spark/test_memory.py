"""The peak that is reported is that of the process itself, whatever held much before it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from spark_app.memory import peak_mb

REPOSITORY = Path(__file__).parents[3]
HELD_MB = 300
SMALL = """
import subprocess, sys
for code in sys.argv[1:]:
    print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip())
"""
LARGE = f'held = b"x" * ({HELD_MB} * 1024**2)  # written to, so it is resident' + SMALL
OF_A_WORKER = """
from collections import Counter
from spark_app.stores.buckets import StoreSettings
from spark_app.extract.per_photo import PhotoSettings, run
class Engine:
    batch_size = 1
counts = Counter()
list(run([], PhotoSettings(StoreSettings(), 64), Engine(), counts))
print(counts["peak_worker_mb"])
"""
OF_A_CHILD = "from infra.samples.child import peak_mb; print(peak_mb())"
HANDED_DOWN = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
AFTER_A_FORK = """
import os
from spark_app.memory import peak_mb
held = b"x" * (100 * 1024**2)
before = peak_mb()
del held
if child := os.fork():
    os.waitpid(child, 0)
else:
    print(before - peak_mb(), flush=True)
    os._exit(0)
"""
GROWN = """
from spark_app.memory import peak_mb
before = peak_mb()
held = b"x" * (100 * 1024**2)
grown = peak_mb() - before
del held
print(grown, peak_mb() - before)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that hands a peak down")


def said(*command: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", *command], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("code", [OF_A_WORKER, OF_A_CHILD])
def test_a_small_process_that_a_large_one_started_reports_its_own_peak(code: str) -> None:
    own, inside = int(said(code)[0]), int(said(LARGE, code)[0])
    assert 5 < own < HELD_MB
    assert abs(inside - own) < 0.2 * own


def test_one_function_alone_asks_the_kernel_for_a_peak() -> None:
    folders = ("spark_app", "infra", "functions", "benchmarks", "tests")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    asking = {path.name for path in files if re.search("ru_maxrss|VmHWM", path.read_text())}
    assert asking == {"memory.py", Path(__file__).name}


def test_the_red_twin_the_kernel_s_other_figure_is_handed_down() -> None:
    # Both by a process between, for the one that runs the tests may be large itself.
    assert int(said(LARGE, HANDED_DOWN)[0]) >= HELD_MB > int(said(SMALL, HANDED_DOWN)[0])


def test_a_forked_process_begins_with_what_it_shares_and_not_with_what_its_parent_ever_held() -> None:
    assert int(said(AFTER_A_FORK)[0]) > 80


def test_the_peak_grows_with_the_process_and_stays_when_memory_is_given_back() -> None:
    grown, kept = map(int, said(GROWN))
    assert 95 <= grown <= 110
    assert kept >= grown


def test_the_figure_is_read_out_of_a_status_as_linux_writes_it(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tVmHWM:\nVmPeak:\t  999999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t    1024 kB\n")
    assert peak_mb(status) == 200
