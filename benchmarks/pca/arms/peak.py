"""The limit: this machine's peak of matrix products, GFLOP/s, on one thread and on all."""

from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.pca.arms.common import parse_arm

SIZE, ROUNDS = 3072, 5


def gflops(kind: type[np.floating], threads: int) -> float:
    """Return the best of some rounds."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((SIZE, SIZE)).astype(kind) for _ in range(2))
    best = np.inf
    with threadpool_limits(threads):
        for _ in range(ROUNDS):
            started = perf_counter()
            a @ b
            best = min(best, perf_counter() - started)
    return round(2 * SIZE**3 / best / 1e9, 1)


def main() -> None:
    """Measure."""
    kinds = (("sgemm", np.float32), ("dgemm", np.float64))
    parse_arm().say(gflops={f"{name} x {threads}": gflops(kind, threads) for name, kind in kinds for threads in (1, 2)})


if __name__ == "__main__":
    main()
