import dataclasses
import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from infra.local.emr_serverless.machine.archives import Archives
from infra.local.emr_serverless.machine.command import command, environment
from infra.local.emr_serverless.machine.staging import stage
from infra.local.emr_serverless.rules.ports import MissingError
from infra.local.emr_serverless.rules.settings import EmulatorSettings
from infra.local.emr_serverless.rules.sparkjob import SparkJob
from infra.local.emr_serverless.rules.workers import Workers, WorkerSize
from tests.fakes.emr_serverless import HeldObjects

ROOT = Path(__file__).resolve().parents[3]
WORKERS = Workers(WorkerSize(1, 4), WorkerSize(2, 4), 3)


@pytest.fixture
def settings(tmp_path: Path) -> EmulatorSettings:
    return EmulatorSettings(
        endpoint="http://127.0.0.1:1",
        scratch=tmp_path / "scratch",
        spark_submit=("spark-submit",),
        python="/python",
        properties={"spark.ui.enabled": "false"},
        environment={"JAVA_HOME": "/java"},
        paths={"/usr/share/iceberg.jar": "", "/usr/share/other.jar": "/here/other.jar"},
    )


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
    here = stage(job, settings, tmp_path, HeldObjects(objects))
    paths = [Path(path) for path in here.properties["spark.submit.pyFiles"].split(",")]
    assert [path.name for path in paths] == ["m.py", "m.py"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]
    assert Path(here.entry_point).read_bytes() == b"job"


def test_files_of_the_emr_image_get_their_name_here_or_go(settings: EmulatorSettings, tmp_path: Path) -> None:
    job = SparkJob("/x.py", (), {"spark.jars": "/usr/share/iceberg.jar,/usr/share/other.jar,file:///mine.jar"})
    here = stage(job, settings, tmp_path, HeldObjects({}))
    assert here.properties["spark.jars"] == "/here/other.jar,/mine.jar"
    only = SparkJob("/x.py", (), {"spark.jars": "/usr/share/iceberg.jar"})
    assert "spark.jars" not in stage(only, settings, tmp_path, HeldObjects({})).properties


def test_archives_are_unpacked_where_the_job_will_run_under_the_name_after_the_hash(
    settings: EmulatorSettings, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("leaf", "green")
    objects = {"s3://b/env.tar.gz": tar("bin/python"), "s3://b/z.zip": packed.getvalue()}
    job = SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#environment,s3://b/z.zip"})
    here = stage(job, settings, tmp_path, HeldObjects(objects))
    assert (tmp_path / "environment" / "bin" / "python").read_bytes() == b"bin/python"
    assert (tmp_path / "z.zip" / "leaf").read_text() == "green"
    assert "spark.archives" not in here.properties


def test_a_packed_environment_may_link_to_an_interpreter_elsewhere(settings: EmulatorSettings, tmp_path: Path) -> None:
    objects = {"s3://b/env.tar.gz": tar("bin/python", link_to="/usr/bin/python3")}
    stage(SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#e"}), settings, tmp_path, HeldObjects(objects))
    assert (tmp_path / "e" / "bin" / "python").is_symlink()


def test_an_absolute_name_means_a_place_in_the_folder(settings: EmulatorSettings, tmp_path: Path) -> None:
    objects = {"s3://b/env.tar.gz": tar("/bin/python")}
    stage(SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#e"}), settings, tmp_path, HeldObjects(objects))
    assert (tmp_path / "e" / "bin" / "python").read_bytes() == b"/bin/python"


def test_files_of_a_folder_that_may_not_be_written_are_unpacked_too(settings: EmulatorSettings, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        folder = tarfile.TarInfo("bin")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o555
        archive.addfile(folder)
        archive.addfile(tarfile.TarInfo("bin/python"))
    objects = {"s3://b/env.tar.gz": packed.getvalue()}
    stage(SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#e"}), settings, tmp_path, HeldObjects(objects))
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
    ids=["by its name", "through a link", "by a hard link", "no archive"],  # its bytes hold the time of the run
)
def test_an_archive_that_leaves_its_folder_or_is_none_fails_the_job(
    settings: EmulatorSettings, tmp_path: Path, archive: bytes
) -> None:
    job = SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz"})
    with pytest.raises(MissingError, match="cannot be unpacked"):
        stage(job, settings, tmp_path, HeldObjects({"s3://b/env.tar.gz": archive}))
    assert not (tmp_path / "outside").exists()


def test_the_machine_wins_over_the_job_on_the_command_line_and_the_service_says_where_it_runs(
    settings: EmulatorSettings,
) -> None:
    asked = {"spark.master": "yarn", "spark.ui.enabled": "true", "spark.driver.memory": "3g"}
    job = SparkJob("/x.py", ("--in", "a b"), asked, ("--class", "Main"))
    assert command(settings, job, WORKERS) == [
        "spark-submit", "--conf", "spark.driver.memory=3g", "--conf", "spark.master=local[2,4]",
        "--conf", "spark.ui.enabled=false", "--class", "Main", "/x.py", "--in", "a b",
    ]  # fmt: skip


def test_a_machine_may_say_where_jobs_run(settings: EmulatorSettings) -> None:
    settings = dataclasses.replace(settings, properties={"spark.master": "local[1]"})
    assert "spark.master=local[1]" in command(settings, SparkJob("/x.py", (), {}), WORKERS)


def test_the_environment_of_a_job_is_little_and_nobody_elses(settings: EmulatorSettings, tmp_path: Path) -> None:
    job = SparkJob("/x.py", (), {"spark.emr-serverless.driverEnv.SHAPE": "round"})
    env = environment(settings, job, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:2/"}, tmp_path)
    assert {name: value for name, value in env.items() if name != "PATH"} == {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:2/",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "HOME": str(tmp_path),
        "JAVA_HOME": "/java",
        "PYSPARK_DRIVER_PYTHON": "/python",
        "PYSPARK_PYTHON": "/python",
        "SHAPE": "round",
        "TMPDIR": str(tmp_path),
    }


@pytest.mark.parametrize(("unpack", "python"), [(True, "./environment/bin/python"), (False, "/python")])
def test_the_python_of_an_archive_is_used_only_where_archives_are(
    settings: EmulatorSettings, tmp_path: Path, unpack: bool, python: str
) -> None:
    settings = dataclasses.replace(settings, unpack_archives=unpack)
    properties = {"spark.emr-serverless.driverEnv.PYSPARK_PYTHON": "./environment/bin/python", "spark.archives": ""}
    env = environment(settings, SparkJob("/x.py", (), properties), {}, tmp_path)
    assert (env["PYSPARK_PYTHON"], env["PYSPARK_DRIVER_PYTHON"]) == (python, python)


def test_an_archive_is_brought_once_for_all_runs_and_again_when_its_content_changes(
    settings: EmulatorSettings, tmp_path: Path
) -> None:
    uri = "s3://b/env.tar.gz"
    objects, job = HeldObjects({uri: tar("bin/python")}), SparkJob("/x.py", (), {"spark.archives": f"{uri}#e"})
    folders = [tmp_path / name for name in ("first", "second", "third")]
    for folder in folders[:2]:
        folder.mkdir()
        stage(job, settings, folder, objects)
    assert objects.fetched[uri] == 1
    objects.objects[uri] = tar("bin/other")
    folders[2].mkdir()
    stage(job, settings, folders[2], objects)
    assert (folders[1] / "e" / "bin" / "python").exists()
    assert not (folders[2] / "e" / "bin" / "python").exists()


def test_an_archive_that_was_half_unpacked_when_all_was_killed_is_unpacked_anew(
    settings: EmulatorSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "s3://b/env.tar.gz"
    objects = HeldObjects({uri: tar("bin/python", "bin/tool")})
    archives = Archives(settings.scratch / "archives")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)  # killed: nothing is tidied up
        patch.setattr("os.rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            archives.brought(uri, objects)
    tree = archives.brought(uri, objects).tree
    assert sorted(path.name for path in tree.rglob("*")) == ["bin", "python", "tool"]


def test_of_two_that_unpack_at_once_one_wins_and_both_have_it(settings: EmulatorSettings) -> None:
    uri = "s3://b/env.tar.gz"
    archives, packed = Archives(settings.scratch / "archives"), {uri: tar("bin/python")}

    class Interrupted(HeldObjects):
        def fetch(self, uri: str, target: Path) -> None:
            archives.brought(uri, HeldObjects(packed))  # the other one begins later and is done earlier
            super().fetch(uri, target)

    archive = archives.brought(uri, Interrupted(packed))
    assert (archive.tree / "bin" / "python").exists()
    assert archive.file.read_bytes() == packed[uri]
    assert len(list((settings.scratch / "archives").iterdir())) == 1


def test_executors_of_their_own_get_the_packed_archive_to_unpack(settings: EmulatorSettings, tmp_path: Path) -> None:
    settings = dataclasses.replace(settings, master="cluster")
    objects = HeldObjects({"s3://b/env.tar.gz": tar("bin/python")})
    here = stage(SparkJob("/x.py", (), {"spark.archives": "s3://b/env.tar.gz#e"}), settings, tmp_path, objects)
    file, _, name = here.properties["spark.archives"].partition("#")
    assert (Path(file).name, name) == ("env.tar.gz", "e")
    assert Path(file).read_bytes() == objects.objects["s3://b/env.tar.gz"]
    assert (tmp_path / "e" / "bin" / "python").exists()


@pytest.mark.parametrize("name", ["../e", "/e", "files"])
def test_an_archive_may_not_take_a_name_that_is_not_free_in_the_jobs_folder(
    settings: EmulatorSettings, tmp_path: Path, name: str
) -> None:
    (tmp_path / "files").mkdir()
    job = SparkJob("/x.py", (), {"spark.archives": f"s3://b/env.tar.gz#{name}"})
    with pytest.raises(MissingError, match="no free name"):
        stage(job, settings, tmp_path, HeldObjects({"s3://b/env.tar.gz": tar("bin/python")}))
