"""ELF files made byte by byte: a header, two segments, and a dynamic section. Nothing that could run."""

import struct
from collections.abc import Sequence

MACHINES = {"x86_64": 62, "aarch64": 183, "riscv": 243}
BASE = 0x10000
"""Where the file is said to be loaded, so that an address is never an offset by chance."""


def elf_file(
    machine: str = "x86_64",
    needed: Sequence[str] = (),
    runpath: str | None = None,
    rpath: str | None = None,
    versions: Sequence[tuple[str, Sequence[str]]] = (),
) -> bytes:
    """Return a file's bytes; `versions` are libraries with the symbol versions that are needed of them."""
    strings, at = b"\0", {}
    for text in [*needed, *filter(None, (runpath, rpath)), *(t for name, of in versions for t in (name, *of))]:
        at[text] = len(strings)
        strings += text.encode() + b"\0"
    needs = _version_needs(versions, at)
    head = 64 + 2 * 56
    entries = [(5, BASE + head), *((1, at[name]) for name in needed)]
    entries += [(tag, at[path]) for tag, path in ((29, runpath), (15, rpath)) if path]
    if versions:
        entries += [(0x6FFFFFFE, BASE + head + len(strings)), (0x6FFFFFFF, len(versions))]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in [*entries, (0, 0)])
    start = head + len(strings) + len(needs)
    size = start + len(dynamic)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 3, MACHINES[machine], 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, 0, size, size, 1)
    pointer = struct.pack("<IIQQQQQQ", 2, 6, start, BASE + start, 0, len(dynamic), len(dynamic), 8)
    return header + load + pointer + strings + needs + dynamic


def _version_needs(versions: Sequence[tuple[str, Sequence[str]]], at: dict[str, int]) -> bytes:
    packed = b""
    for number, (library, wanted) in enumerate(versions):
        following = 0 if number == len(versions) - 1 else 16 + 16 * len(wanted)
        packed += struct.pack("<HHIII", 1, len(wanted), at[library], 16, following)
        for place, version in enumerate(wanted):
            step = 0 if place == len(wanted) - 1 else 16
            packed += struct.pack("<IHHII", 0, 0, 2, at[version], step)
    return packed
