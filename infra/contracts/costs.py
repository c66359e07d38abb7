"""What reading a photo is expected to cost, before any byte of it is read: by the name's ending and the size.

Both houses plan with it: the functions size a run, the job spreads a batch over its tasks. A guess that is wrong costs
time, never a row. One core of `docs/reading-photos.md`; the network's pass is the default artifact's.
"""

from collections.abc import Mapping
from types import MappingProxyType

NETWORK_SECONDS = 0.015
"""One pass of the CNN, fetch and Arrow included: 50 to 70 photos a second and core, `benchmarks/extract/RESULTS.md`."""
SECONDS_PER_MB: Mapping[str, float] = MappingProxyType(
    {
        # A 12 MP JPEG of 2.6 MB takes 36 to 48 ms, a 12 MP HEIC of 2.3 to 3.1 MB 650 to 830, an AVIF of 1.1 330 to 440:
        # `python -m benchmarks.photos.costs`.
        "heic": 0.3,
        "heif": 0.3,
        "avif": 0.4,
        "png": 0.08,
        "webp": 0.3,
    }
)
OTHER_SECONDS_PER_MB = 0.018
"""A JPEG, or a name that tells nothing."""


def cpu_seconds(key: str, size_bytes: int) -> float:
    """Return the CPU time of one core that a photo is expected to take, CNN included, in seconds."""
    ending = key.rpartition(".")[2].lower() if "." in key else ""
    return NETWORK_SECONDS + size_bytes / 1e6 * SECONDS_PER_MB.get(ending, OTHER_SECONDS_PER_MB)
