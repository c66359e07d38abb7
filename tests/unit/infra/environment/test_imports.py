"""What the jobs import is read from their source."""

from pathlib import Path

from infra.emr.environment.check.imports import imported_by_jobs, modules
from infra.emr.environment.check.rules import REFUSED


def project(folder: Path, **files: str) -> Path:
    for name, source in files.items():
        path = folder / "spark_app" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder


def test_imports_are_followed_through_our_own_modules_also_where_a_function_imports(tmp_path: Path) -> None:
    files = {
        "extract_job": "import json\nfrom pyspark.sql import SparkSession\nfrom spark_app.lake import tables\n",
        "lake__tables": "def late():\n    from ai_edge_litert.interpreter import Interpreter\n",
        "unused": "import boto3",
    }

    assert imported_by_jobs(project(tmp_path, **files)) == ["ai_edge_litert.interpreter", "json"]


def test_the_rooms_of_tensorflow_are_not_followed(tmp_path: Path) -> None:
    files = {"extract_job": "def keras():\n    from spark_app.network.backbone import KerasEngine\n",
             "network__backbone": "import tensorflow"}  # fmt: skip

    assert imported_by_jobs(project(tmp_path, **files)) == []


def test_the_jobs_of_this_project_need_nothing_that_an_archive_refuses() -> None:
    needed = imported_by_jobs()

    assert {"numpy", "pyarrow", "PIL", "pillow_heif", "obstore", "ai_edge_litert.interpreter", "zlib"} <= set(needed)
    assert not {name.partition(".")[0] for name in needed} & set(REFUSED)


def test_a_name_taken_out_of_another_s_module_is_no_module() -> None:
    assert list(modules("from PIL import Image")) == ["PIL"]
    assert list(modules("from spark_app.lake import tables")) == ["spark_app.lake", "spark_app.lake.tables"]
    assert list(modules("from . import x")) == []
