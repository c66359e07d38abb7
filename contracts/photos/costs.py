"""What reading a photo is expected to cost, before any byte of it is read: by the name's ending and the size.

Both houses plan with it: the functions size a run, the job spreads a batch over its tasks. A guess that is wrong costs
time, never a row. One core of `docs/reading-photos.md`; the network's pass is the default artifact's.
"""

from collections.abc import Mapping
from types import MappingProxyType

NETWORK_SECONDS = 0.02
"""One pass of the CNN, fetch, Arrow and commit included: the lower end of `benchmarks/extract/RESULTS.md`."""
SECONDS_PER_MB: Mapping[str, float] = MappingProxyType(
    {
        # A 12 MP HEIC of 2.3 to 3.1 MB takes 650 to 830 ms, an AVIF of 1.1 MB 330 to 440: `benchmarks/photos/costs.py`.
        # Which JPEGs are progressive (three times a baseline one) no name tells.
        "heic": 0.3,
        "heif": 0.3,
        "avif": 0.4,
        "png": 0.08,
        "webp": 0.3,
    }
)
OTHER_SECONDS_PER_MB = 0.025
"""A JPEG, or a name that tells nothing."""


def cpu_seconds(key: str, size_bytes: int) -> float:
    """Return the CPU time of one core that a photo is expected to take, CNN included, in seconds."""
    ending = key.rpartition(".")[2].lower() if "." in key else ""
    return NETWORK_SECONDS + size_bytes / 1e6 * SECONDS_PER_MB.get(ending, OTHER_SECONDS_PER_MB)
