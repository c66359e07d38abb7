"""Our code as a Spark run takes it: one zip of the Spark house and of what it shares, for `spark.submit.pyFiles`."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = ("extract_job", "maintain_job", "refit_job", "repair_job")
PACKED = ("spark_app", "infra/contracts")
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip knows: the same files are the same bytes


def code_zip() -> bytes:
    """Pack the code; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(_files()):
            entry = zipfile.ZipInfo(str(path.relative_to(ROOT)), _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def objects() -> Iterator[tuple[str, bytes]]:
    """Yield what lies below `code/` in the artifacts bucket: name and content."""
    yield "fruits.zip", code_zip()
    for name in ENTRY_POINTS:
        yield f"{name}.py", (ROOT / "spark_app" / f"{name}.py").read_bytes()


def _files() -> Iterator[Path]:
    yield ROOT / "infra" / "__init__.py"
    for folder in PACKED:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".json"):
                yield path
