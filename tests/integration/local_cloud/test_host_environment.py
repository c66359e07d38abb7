"""The environment that the local cloud's runs unpack: complete, and nothing of this machine's packages in it."""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from infra.emr.package import file_version
from infra.local import host_environment
from infra.local.emr_serverless.machine.archives import unpack

NEEDED = ["ai_edge_litert", "fastjsonschema", "matplotlib", "numpy", "obstore", "pandas", "PIL", "pillow_heif"]
OTHERS = ["boto3", "infra", "pip", "pyspark", "pytest", "tensorflow"]
LOOK = """
import importlib, importlib.util, json, sys
for name in {needed!r}: importlib.import_module(name)
others = [name for name in {others!r} if importlib.util.find_spec(name)]
print(json.dumps([sys.prefix, others]))
"""


@pytest.mark.slow
def test_it_runs_where_it_was_unpacked_in_an_empty_environment_and_brings_the_drivers_packages_alone(
    tmp_path: Path,
) -> None:
    packed = host_environment.prepare()
    unpack(packed, tmp_path / "there", "environment")
    (tmp_path / "there").rename(tmp_path / "elsewhere")

    command = ["./elsewhere/bin/python", "-c", LOOK.format(needed=NEEDED, others=OTHERS)]
    looked = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=False)

    assert looked.returncode == 0, looked.stderr
    assert json.loads(looked.stdout) == [str(tmp_path / "elsewhere"), []]


def test_it_is_made_once_and_named_by_its_content() -> None:
    packed = host_environment.prepare()

    assert host_environment.prepare() == packed
    assert packed.name == f"{file_version(packed)}.tar.gz"


def test_the_same_files_are_packed_to_the_same_bytes_whenever_and_whoever_packs_them(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "bin").mkdir(parents=True)
    (one / "bin" / "tool").write_text("tool")
    (one / "bin" / "python").symlink_to("/usr/bin/python3")
    shutil.copytree(one, other, symlinks=True, copy_function=shutil.copyfile)

    for tree in (one, other):
        host_environment.pack(tree, tree.with_suffix(".tar.gz"))

    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "other.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        assert archive.getnames() == ["bin", "bin/python", "bin/tool"]
