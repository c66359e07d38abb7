"""Real photos that may lie beside this checkout, the size that the network takes them at, and how near features are."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
STREET = SHARED / "street"
SIZE = 224


def cosines(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    result: npt.NDArray[np.float32] = (a * b).sum(1) / norms
    return result
