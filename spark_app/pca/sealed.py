"""Arrays as the bytes of an `.npz` file that carries its own SHA-256, so a flipped bit is noticed (pure)."""

import hashlib
import io
import zipfile
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from contracts.errors import GiveUp

Arrays = Mapping[str, npt.NDArray[np.generic]]
_SEAL = len(b"sha256:") + 64


def seal(arrays: Arrays) -> bytes:
    """Write arrays: equal arrays give equal bytes. NumPy can read the file, because the seal is the zip's comment."""
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **dict(arrays))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = bytes(_SEAL)
    content = packed.getvalue()[:-_SEAL]
    return content + _seal_of(content)


class Unsealed(dict[str, npt.NDArray[np.generic]]):
    """Arrays by name. A missing name raises GiveUp: the file is of another kind or version."""

    def __init__(self, what: str, arrays: Arrays) -> None:
        super().__init__(arrays)
        self.what = what

    def __missing__(self, name: str) -> npt.NDArray[np.generic]:
        raise GiveUp(f"{self.what} has no {name}: it holds {', '.join(self)}")


def unseal(data: bytes, what: str) -> Unsealed:
    """Read what `seal` wrote; `what` names it in the error.

    Raises:
        GiveUp: the bytes are not those that `seal` returned.
    """
    content = data[:-_SEAL]
    if data[-_SEAL:] != _seal_of(content):
        raise GiveUp(f"{what} is damaged: its bytes are not those that its SHA-256 was taken of")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return Unsealed(what, {name: arrays[name] for name in arrays.files})


def _seal_of(content: bytes) -> bytes:
    return b"sha256:" + hashlib.sha256(content).hexdigest().encode()
