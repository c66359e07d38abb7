"""One inference engine per worker process.

A Python worker of Spark outlives a task. Building an engine takes longer than a photo, so the worker keeps it under the
hash of what it was built from. So a new artifact gets a new engine, and two artifacts never share one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Features = npt.NDArray[np.float32]


class Engine(Protocol):
    """Turns photos into feature vectors."""

    batch_size: int
    width: int

    def features(self, pixels: Pixels) -> Features:
        """Return float32 (n, width) for uint8 RGB (n, size, size, 3), n at most `batch_size`."""


class LiteRTEngine:
    """Runs an exported flatbuffer with XNNPACK on one thread: Spark gives one task slot one core.

    A batch is one photo, which is the fastest in fp32 (`make bench-backbones`): its activations stay in the L2 cache.
    """

    batch_size = 1

    def __init__(self, flatbuffer: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter  # the driver of a Keras run does not need it

        self._interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
        self._interpreter.allocate_tensors()
        taken, given = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        self._input, self._output = taken["index"], given["index"]
        self.input_shape = tuple(int(side) for side in taken["shape"])
        self.width = int(given["shape"][-1])

    def features(self, pixels: Pixels) -> Features:
        """Return float32 (n, width) for uint8 RGB (n, size, size, 3)."""
        out = np.empty((len(pixels), self.width), np.float32)
        for row, photo in zip(out, pixels, strict=True):
            # New views for each photo: invoke() refuses to run while an old one exists.
            self._interpreter.tensor(self._input)()[0] = photo
            self._interpreter.invoke()
            row[:] = self._interpreter.tensor(self._output)()[0]
        return out


@dataclass(frozen=True)
class EngineSpec:
    """How a worker gets its engine: `build` makes it from the broadcast `payload`, and `key` identifies the result.

    `payload` is a Spark Broadcast. Its value reaches a worker process when an engine is built there, and not before.
    """

    key: str
    build: Callable[[Any], Engine]
    payload: Any


_engines: dict[str, Engine] = {}


def engine_for(key: str, build: Callable[[], Engine]) -> tuple[Engine, bool]:
    """Return this process's engine for `key`, and whether it had to be built. Only the latest engine is kept."""
    built = key not in _engines
    if built:
        _engines.clear()
        _engines[key] = build()
    return _engines[key], built
