"""Read a legacy PyTorch weights file without PyTorch, and without letting its pickle run code.

`torch.save` before 1.6 wrote three small pickles, a pickle of tensors that refer to storages by name, the list of those
names, and then each storage as a count and its raw bytes (torch/serialization.py, `_legacy_load`).
"""

import hashlib
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from contracts.errors import GiveUp

Tensor = npt.NDArray[Any]

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True, slots=True)
class _Storage:
    dtype: np.dtype[Any]
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class _View:
    """A tensor whose bytes are not read yet. Strides count elements; PyTorch tensors need not be contiguous."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _TensorUnpickler(pickle.Unpickler):
    """Knows four names and refuses any other, so a file can build tensors and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _View(storage, offset, shape, strides)
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a weights file")

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, _, count, _ = pid
        return _Storage(np.dtype(getattr(dtype, "dtype", dtype)), str(key), int(count))


def read_tensors(path: Path, sha256: str) -> dict[str, Tensor]:
    """Return the file's tensors by name, C-contiguous, in the file's order.

    Raises:
        GiveUp: the file is not the one pinned by `sha256`, or is no weights file.
    """
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise GiveUp(f"weights {path.name}: SHA-256 is {found}, pinned is {sha256}; install the locked package again")
    with path.open("rb") as file:
        try:
            return _read(file)
        except (pickle.UnpicklingError, struct.error, ValueError, KeyError, TypeError, EOFError) as error:
            raise GiveUp(f"weights {path.name}: not a legacy PyTorch weights file ({error})") from error


def _read(file: BinaryIO) -> dict[str, Tensor]:
    if _load(file) != _MAGIC:
        raise ValueError("the magic number is another")
    _load(file), _load(file)  # protocol version and the writer's type sizes
    views: dict[str, _View] = _load(file)
    dtypes = {view.storage.key: view.storage.dtype for view in views.values()}
    storages = {key: _read_storage(file, dtypes[key]) for key in _load(file)}
    return {name: _tensor(view, storages[view.storage.key]) for name, view in views.items()}


def _load(file: BinaryIO) -> Any:
    return _TensorUnpickler(file).load()


def _read_storage(file: BinaryIO, dtype: np.dtype[Any]) -> Tensor:
    (count,) = struct.unpack("<q", file.read(8))
    data = file.read(count * dtype.itemsize)
    return np.frombuffer(data, dtype, count)


def _tensor(view: _View, storage: Tensor) -> Tensor:
    strides = [step * storage.itemsize for step in view.strides]
    reach = view.offset + sum((size - 1) * step for size, step in zip(view.shape, view.strides, strict=True)) + 1
    if reach > len(storage):
        raise ValueError("a tensor reaches beyond its storage")
    # as_strided on bounds just checked: the tensors of this file are stored transposed.
    strided = np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, strides, writeable=False)
    return np.ascontiguousarray(strided)
