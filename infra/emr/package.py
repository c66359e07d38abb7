"""Pack our code for Spark runs: one zip of `spark_app` and `contracts`, for `spark.submit.pyFiles`."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from contracts.jobs import places
from contracts.jobs.names import Kind

ROOT = Path(__file__).resolve().parents[2]
PACKED = ("spark_app", "contracts")
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date of a zip: the same files give the same bytes


def content_version(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over names and contents of files, in lower-case hex. Pure."""
    lines = [f"{sha256(content).hexdigest()} {name}\n" for name, content in sorted(files.items())]
    return sha256("".join(lines).encode()).hexdigest()


def file_version(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hex. Raises OSError if it is missing."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def version(root: Path = ROOT) -> str:
    """Return the version of the code: of its files, because the zip's own bytes depend on the zlib at hand."""
    return content_version({str(path.relative_to(root)): path.read_bytes() for path in _files(root)})


def code_zip(root: Path = ROOT) -> bytes:
    """Return the packed code. The same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(_files(root)):
            entry = zipfile.ZipInfo(str(path.relative_to(root)), _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def objects(root: Path = ROOT) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each object in the folder of a version of the code."""
    yield places.PACKED, code_zip(root)
    for kind in Kind:
        name = places.entry_point(kind)
        yield name, (root / "spark_app" / name).read_bytes()


def _files(root: Path) -> Iterator[Path]:
    for folder in PACKED:
        for path in (root / folder).rglob("*"):
            if path.suffix in (".py", ".json"):
                yield path
