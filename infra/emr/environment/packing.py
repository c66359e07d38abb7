"""Pack a folder so that the same files give the same bytes, wherever and whenever they were made."""

import gzip
import hashlib
import tarfile
from pathlib import Path
from typing import IO, Any

LEVEL = 6


class _Hashed:
    """A stream that is written to, and hashed on the way."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return int(self._stream.write(data))


def pack(root: Path, target: Path) -> str:
    """Pack a folder's content into a tar.gz; return the SHA-256 of the tar in it.

    Names are sorted; times, owners and the bits of a mask are left out. Only the compression depends on the machine: by
    its zlib. So two archives with different bytes can still be told to hold the same.
    """
    with target.open("wb") as file, gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
        hashed = _Hashed(packed)
        stream: IO[bytes] = hashed  # type: ignore[assignment]  # tarfile writes, and does nothing else
        with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            for path in [root, *sorted(root.rglob("*"))]:
                archive.add(path, f"./{path.relative_to(root)}".removesuffix("/."), recursive=False, filter=_plain)
    return hashed.digest.hexdigest()


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
    if member.issym():
        member.mode = 0o777
    else:
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
