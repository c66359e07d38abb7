"""What a process has loaded once it has imported a room: each in a process of its own."""

import subprocess
import sys


def test_a_function_may_import_the_results_of_a_batch_for_next_to_nothing() -> None:
    program = (
        "import sys; import contracts.photos.results; print(sorted({'numpy', 'pyarrow', 'pyspark'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
