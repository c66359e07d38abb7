"""The expected CPU time of a photo, from its file ending and size alone: no byte of it is read. Pure.

The functions use it to size a run, and the job to spread a batch over its tasks. A wrong estimate costs time, never a
row. The times are those of one core of `docs/reading-photos.md`, with the default artifact.
"""

from collections.abc import Mapping
from types import MappingProxyType

NETWORK_SECONDS = 0.02
"""One pass of the CNN, with fetch, Arrow and commit: the lower end of `benchmarks/extract/RESULTS.md`."""
SECONDS_PER_MB: Mapping[str, float] = MappingProxyType(
    {
        # A 12 MP HEIC of 2.3 to 3.1 MB takes 650 to 830 ms, an AVIF of 1.1 MB 330 to 440: `benchmarks/photos/costs.py`.
        # A progressive JPEG takes three times as long as a baseline one, but its name does not tell.
        "heic": 0.3,
        "heif": 0.3,
        "avif": 0.4,
        "png": 0.08,
        "webp": 0.3,
    }
)
OTHER_SECONDS_PER_MB = 0.025
"""For a JPEG, and for a file ending that is not listed."""


def cpu_seconds(key: str, size_bytes: int) -> float:
    """Return the CPU time of one core that a photo is expected to take, CNN included, in seconds."""
    ending = key.rpartition(".")[2].lower() if "." in key else ""
    return NETWORK_SECONDS + size_bytes / 1e6 * SECONDS_PER_MB.get(ending, OTHER_SECONDS_PER_MB)
