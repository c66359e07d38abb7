"""The code as a run takes it: whole, small, and the same bytes for the same files."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.emr.package import ROOT, code_zip, objects, version

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from spark_app import extract_job
from spark_app.extract.manifest import decode
from contracts.photos.manifest import Photo, encode
assert sys.argv[1] in extract_job.__file__, extract_job.__file__
photo = Photo("0" * 32, "photos", "a.jpg", 1, "2026-11-24T08:00:00Z")
decode(encode("b", [photo]))  # reads a schema that is packed beside the code
"""


def test_the_packed_job_can_be_imported_with_nothing_else_of_ours_on_the_path(tmp_path: Path) -> None:
    packed = tmp_path / "fruits.zip"
    packed.write_bytes(code_zip())

    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, str(packed)], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_the_same_files_are_the_same_bytes_and_few_of_them() -> None:
    assert code_zip() == code_zip()
    assert len(code_zip()) < 500_000


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what is packed."""
    skipped = shutil.ignore_patterns("__pycache__")
    for folder in ("spark_app", "contracts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skipped)
    shutil.copy(ROOT / "infra" / "__init__.py", tmp_path / "infra")
    return tmp_path


def test_the_same_files_are_the_same_version_wherever_they_lie(checkout: Path) -> None:
    assert version(checkout) == version()


@pytest.mark.parametrize(
    "name",
    [
        "spark_app/refit_job.py",
        "spark_app/photos/images.py",
        "contracts/photos/manifest.schema.json",
        "infra/__init__.py",
    ],
)
def test_another_byte_in_any_file_is_another_version(checkout: Path, name: str) -> None:
    file = next(checkout.glob(name), checkout / "spark_app" / "new.py")
    file.write_bytes((file.read_bytes() if file.exists() else b"") + b"\n")

    assert version(checkout) != version()


def test_a_file_by_another_name_is_another_version(checkout: Path) -> None:
    (checkout / "spark_app" / "session.py").rename(checkout / "spark_app" / "session2.py")

    assert version(checkout) != version()


def test_the_entry_point_lies_beside_the_code() -> None:
    jobs = {"doctor_job.py", "extract_job.py", "maintain_job.py", "refit_job.py", "repair_job.py"}
    assert {"fruits.zip", *jobs} == {name for name, _ in objects()}
