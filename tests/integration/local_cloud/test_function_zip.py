"""What `sam build` packs: small, and whole without anything of this project's environment."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra.deployment.sam import BUILT, Sam
from infra.local.cloud import ROOT

RUNTIME = ("boto3", "botocore", "s3transfer", "dateutil", "six", "urllib3")
"""What Lambda's Python runtime has of its own beside the standard library; jmespath is there too, and in our zip."""
LIMIT_BYTES = 15_000_000
# No environment, no site packages; and nothing compiled into the folder that other tests look at.
PYTHON = (sys.executable, "-I", "-S", "-B", "-c")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = tmp_path_factory.mktemp("sam") / "sam.log"
    Sam(log).build()
    return BUILT / "CollectFunction"


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    for name in RUNTIME:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        (tmp_path / origin.name if origin.stem == name else tmp_path / name).symlink_to(
            origin if origin.stem == name else origin.parent
        )
    return tmp_path


def test_the_zip_is_small(built: Path, tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "collect"), "zip", built)

    assert Path(packed).stat().st_size < LIMIT_BYTES


def test_the_handlers_can_be_imported_from_what_was_built_and_the_runtime_alone(built: Path, runtime: Path) -> None:
    program = f"import sys; sys.path[:0] = [{str(built)!r}, {str(runtime)!r}]; import app; print(app.__file__)"

    done = subprocess.run([*PYTHON, program], capture_output=True, text=True, check=False)

    assert done.stdout.strip() == str(built / "app.py"), done.stderr


def test_red_twin_a_package_that_is_missing_is_missed(built: Path, runtime: Path, tmp_path: Path) -> None:
    poorer = tmp_path / "poorer"
    shutil.copytree(built, poorer, ignore=shutil.ignore_patterns("chalice"))
    program = f"import sys; sys.path[:0] = [{str(poorer)!r}, {str(runtime)!r}]; import app"

    done = subprocess.run([*PYTHON, program], capture_output=True, text=True, check=False)

    assert "No module named 'chalice'" in done.stderr


def test_nothing_of_the_spark_house_is_packed(built: Path) -> None:
    assert not (built / "spark_app").exists()
    assert not (built / "infra").exists()
    packed = {path.name for path in (built / "contracts").iterdir() if path.is_dir()}
    assert packed == {"jobs", "photos", "prices", "tables"}
    assert (ROOT / "functions" / "app.py").read_bytes() == (built / "app.py").read_bytes()
