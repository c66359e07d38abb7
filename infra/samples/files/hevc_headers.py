"""The sequence parameter set of an HEVC picture, written anew with another size (ITU-T H.265, 7.3.2.2)."""

import struct

_PROFILE_BITS = 16 + 4 + 3 + 1 + 96  # unit header, layer ids and a profile of one layer


def resized(configuration: bytes, width: int, height: int) -> bytes:
    """Return an `hvcC` box whose sequence parameter set says another size, and all else as before."""
    begin = configuration.index(b"\x42\1", 31)  # the header of that unit
    length = int.from_bytes(configuration[begin - 2 : begin])
    bits = _bits(configuration[begin : begin + length].replace(b"\0\0\3", b"\0\0"))
    _, at = _number(bits, _PROFILE_BITS)
    chroma_begin = at
    _, after_chroma = _number(bits, at)
    _, at = _number(bits, after_chroma)
    _, at = _number(bits, at)
    head = bits[:_PROFILE_BITS] + "1" + bits[chroma_begin:after_chroma]
    unit = _escaped(head + _code(width) + _code(height) + bits[at:].rstrip("0"))
    body = configuration[8 : begin - 2] + struct.pack(">H", len(unit)) + unit + configuration[begin + length :]
    return struct.pack(">I4s", 8 + len(body), b"hvcC") + body


def _bits(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


def _number(bits: str, at: int) -> tuple[int, int]:
    """Return an Exp-Golomb number and where it ends (9.2)."""
    one = bits.index("1", at)
    end = one + 1 + (one - at)
    return int(bits[one:end], 2) - 1, end


def _code(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def _escaped(bits: str) -> bytes:
    """Return the bytes of a unit, with the bytes that keep start codes out of it (7.3.1.1)."""
    raw = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    out = bytearray()
    for byte in raw:
        if out[-2:] == b"\0\0" and byte <= 3:
            out.append(3)
        out.append(byte)
    return bytes(out)
