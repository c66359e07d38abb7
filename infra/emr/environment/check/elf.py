"""What an ELF file asks of the machine: a small reader of the dynamic section, on the standard library.

`readelf` tells the same, in words that are made for people and on machines that have binutils; the check must run where
the archive is deployed from, and pyelftools is not in the lock. A test holds the two against each other on real files.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x7fELF"
_MACHINES = {62: "x86_64", 183: "aarch64"}
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRINGS, _RPATH, _RUNPATH, _VERNEED, _VERNEED_COUNT = 1, 5, 15, 29, 0x6FFFFFFE, 0x6FFFFFFF


@dataclass(frozen=True, slots=True)
class Elf:
    """A file's machine, the libraries it needs, where it looks for them, and the symbol versions it needs of them."""

    machine: str
    needed: tuple[str, ...] = ()
    search_paths: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    """Such as `GLIBC_2.28`, sorted."""


@dataclass(frozen=True, slots=True)
class _Segment:
    type: int
    offset: int
    address: int
    size: int


def read(data: bytes) -> Elf:
    """Read a file's bytes. Raises ValueError for what is no 64-bit little-endian ELF file, or is cut off."""
    if data[:6] != MAGIC + b"\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    try:
        machine = _MACHINES.get(code := struct.unpack_from("<H", data, 18)[0], f"machine {code}")
        return _read(machine, data, list(_segments(data)))
    except struct.error as error:
        raise ValueError("the ELF file is cut off") from error


def _read(machine: str, data: bytes, segments: list[_Segment]) -> Elf:
    entries = list(_dynamic(data, segments))
    of = dict(reversed(entries))
    if _STRINGS not in of:
        return Elf(machine)
    strings = _offset(of[_STRINGS], segments)
    paths = [_text(data, strings + value) for tag, value in entries if tag in (_RPATH, _RUNPATH)]
    return Elf(
        machine,
        tuple(_text(data, strings + value) for tag, value in entries if tag == _NEEDED),
        tuple(part for path in paths for part in path.split(":") if part),
        tuple(sorted(set(_versions(data, strings, of, segments)))),
    )


def _segments(data: bytes) -> Iterator[_Segment]:
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for number in range(count):
        type_, _, offset, address, _, in_file = struct.unpack_from("<IIQQQQ", data, table + number * size)
        yield _Segment(type_, offset, address, in_file)


def _dynamic(data: bytes, segments: list[_Segment]) -> Iterator[tuple[int, int]]:
    for segment in segments:
        if segment.type == _DYNAMIC:
            for at in range(segment.offset, segment.offset + segment.size, 16):
                tag, value = struct.unpack_from("<QQ", data, at)
                if tag == 0:
                    return
                yield tag, value


def _versions(data: bytes, strings: int, of: dict[int, int], segments: list[_Segment]) -> Iterator[str]:
    if _VERNEED not in of:
        return
    library = _offset(of[_VERNEED], segments)
    for _ in range(of.get(_VERNEED_COUNT, 0)):
        _, count, _, first, following = struct.unpack_from("<HHIII", data, library)
        entry = library + first
        for _ in range(count):
            _, _, _, name, step = struct.unpack_from("<IHHII", data, entry)
            yield _text(data, strings + name)
            entry += step
        library += following


def _offset(address: int, segments: list[_Segment]) -> int:
    for segment in segments:
        if segment.type == _LOAD and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    raise ValueError(f"no part of the ELF file is loaded at {address:#x}")


def _text(data: bytes, at: int) -> str:
    end = data.index(0, at)  # ValueError: cut off
    return data[at:end].decode(errors="replace")
