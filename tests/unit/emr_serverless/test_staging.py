import dataclasses
import io
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.emr_serverless.machine.command import command, environment
from infra.local.emr_serverless.machine.staging import stage
from infra.local.emr_serverless.rules.ports import MissingError
from infra.local.emr_serverless.rules.settings import EmulatorSettings
from infra.local.emr_serverless.rules.sparkjob import SparkJob

Fetch = Callable[[str, Path], None]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> EmulatorSettings:
    return EmulatorSettings(
        endpoint="http://127.0.0.1:1",
        scratch=tmp_path,
        spark_submit=("spark-submit",),
        python="/python",
        properties={"spark.master": "local[1]"},
        environment={"HOME": "/home"},
        paths={"/usr/share/iceberg.jar": "", "/usr/share/other.jar": "/here/other.jar"},
    )


def fetching(objects: dict[str, bytes]) -> Fetch:
    def fetch(uri: str, target: Path) -> None:
        if uri not in objects:
            raise MissingError(f"{uri} is missing")
        target.write_bytes(objects[uri])

    return fetch


def tar(*names: str, link_to: str = "", kind: bytes = tarfile.SYMTYPE) -> bytes:
    """Return a packed archive of files that hold their own name, or of links; a name within a link is a file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            is_link = bool(link_to) and "/" not in name.removeprefix("bin/")
            member.size = 0 if is_link else len(name)
            member.type, member.linkname = (kind, link_to) if is_link else (tarfile.REGTYPE, "")
            archive.addfile(member, io.BytesIO(name.encode()))
    return packed.getvalue()


def test_files_in_s3_are_brought_and_keep_their_names_even_when_two_are_called_the_same(
    settings: EmulatorSettings, tmp_path: Path
) -> None:
    objects = {"s3://b/job.py": b"job", "s3://b/1/m.py": b"one", "s3a://b/2/m.py": b"two"}
    job = SparkJob("s3://b/job.py", (), {"spark.submit.pyFiles": "s3://b/1/m.py, s3a://b/2/m.py"})
    here = stage(job, settings, tmp_path, fetching(objects))
    paths = [Path(path) for path in here.properties["spark.submit.pyFiles"].split(",")]
    assert [path.name for path in paths] == ["m.py", "m.py"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]
    assert Path(here.entry_point).read_bytes() == b"job"


def test_files_of_the_emr_image_get_their_name_here_or_go(settings: EmulatorSettings, tmp_path: Path) -> None:
    job = SparkJob("/x.py", (), {"spark.jars": "/usr/share/iceberg.jar,/usr/share/other.jar,file:///mine.jar"})
    here = stage(job, settings, tmp_path, fetching({}))
    assert here.properties["spark.jars"] == "/here/other.jar,/mine.jar"
    only = SparkJob("/x.py", (), {"spark.jars": "/usr/share/iceberg.jar"})
    assert "spark.jars" not in stage(only, settings, tmp_path, fetching({})).properties


def test_archives_are_unpacked_where_the_job_will_run_under_the_name_after_the_hash(
    settings: EmulatorSettings, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("leaf", "green")
    objects = {"s3://b/env.tar.gz": tar("bin/python"), "s3://b/z.zip": packed.getvalue()}
    job = SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#environment,s3://b/z.zip"})
    here = stage(job, settings, tmp_path, fetching(objects))
    assert (tmp_path / "environment" / "bin" / "python").read_bytes() == b"bin/python"
    assert (tmp_path / "z.zip" / "leaf").read_text() == "green"
    assert "spark.archives" not in here.properties


def test_a_packed_environment_may_link_to_an_interpreter_elsewhere(settings: EmulatorSettings, tmp_path: Path) -> None:
    objects = {"s3://b/env.tar.gz": tar("bin/python", link_to="/usr/bin/python3")}
    stage(SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#e"}), settings, tmp_path, fetching(objects))
    assert (tmp_path / "e" / "bin" / "python").is_symlink()


def test_an_absolute_name_means_a_place_in_the_folder(settings: EmulatorSettings, tmp_path: Path) -> None:
    objects = {"s3://b/env.tar.gz": tar("/bin/python")}
    stage(SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#e"}), settings, tmp_path, fetching(objects))
    assert (tmp_path / "e" / "bin" / "python").read_bytes() == b"/bin/python"


def test_files_of_a_folder_that_may_not_be_written_are_unpacked_too(settings: EmulatorSettings, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        folder = tarfile.TarInfo("bin")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o555
        archive.addfile(folder)
        archive.addfile(tarfile.TarInfo("bin/python"))
    objects = {"s3://b/env.tar.gz": packed.getvalue()}
    stage(SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#e"}), settings, tmp_path, fetching(objects))
    assert (tmp_path / "e" / "bin" / "python").is_file()


def test_nothing_asks_for_what_a_later_patch_of_python_brought() -> None:
    files = [
        path for folder in ("benchmarks", "functions", "infra", "spark_app") for path in ROOT.glob(f"{folder}/**/*.py")
    ]
    assert len(files) > 100
    assert [path for path in files if re.search(r"extractall\([^)]*filter=", path.read_text())] == []


@pytest.mark.parametrize(
    "archive",
    [
        tar("inside", "../outside"),
        tar("link", "link/through", link_to=".."),
        tar("link", link_to="../outside", kind=tarfile.LNKTYPE),
        b"no archive at all",
    ],
)
def test_an_archive_that_leaves_its_folder_or_is_none_fails_the_job(
    settings: EmulatorSettings, tmp_path: Path, archive: bytes
) -> None:
    job = SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz"})
    with pytest.raises(MissingError, match="cannot be unpacked"):
        stage(job, settings, tmp_path, fetching({"s3://b/env.tar.gz": archive}))
    assert not (tmp_path / "outside").exists()


def test_the_machine_wins_over_the_job_on_the_command_line(settings: EmulatorSettings) -> None:
    job = SparkJob("/x.py", ("--in", "a b"), {"spark.master": "yarn", "spark.a": "1"}, ("--class", "Main"))
    assert command(settings, job) == [
        "spark-submit", "--conf", "spark.a=1", "--conf", "spark.master=local[1]", "--class", "Main", "/x.py", "--in",
        "a b",
    ]  # fmt: skip


def test_a_job_talks_to_this_cloud_as_its_own_account(settings: EmulatorSettings, tmp_path: Path) -> None:
    job = SparkJob("/x.py", (), {"spark.emr-serverless.driverEnv.SHAPE": "round"})
    env = environment(settings, job, "123456789012", "eu-west-3", tmp_path)
    assert (env["AWS_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"]) == ("http://127.0.0.1:1", "123456789012")
    assert (env["HOME"], env["SHAPE"], env["PYSPARK_PYTHON"]) == ("/home", "round", "/python")


@pytest.mark.parametrize(("unpack", "python"), [(True, "./environment/bin/python"), (False, "/python")])
def test_the_python_of_an_archive_is_used_only_where_archives_are(
    settings: EmulatorSettings, tmp_path: Path, unpack: bool, python: str
) -> None:
    settings = dataclasses.replace(settings, unpack_archives=unpack)
    properties = {"spark.emr-serverless.driverEnv.PYSPARK_PYTHON": "./environment/bin/python", "spark.archives": ""}
    env = environment(settings, SparkJob("/x.py", (), properties), "1" * 12, "eu-west-3", tmp_path)
    assert (env["PYSPARK_PYTHON"], env["PYSPARK_DRIVER_PYTHON"]) == (python, python)
