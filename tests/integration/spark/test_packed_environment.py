"""The jobs run from the packed environment alone: on two executors of their own, from a bare shell."""

import shutil
import sysconfig
from pathlib import Path

import pytest

from contracts.photos.manifest import Photo, encode, photo_id
from infra.local.packed_cluster import PackedCluster
from infra.samples.carried import carried
from tests.integration.spark import where_it_runs
from tests.release import RELEASE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
TABLE, REDUCED = "fruits.lake.photos", "fruits.lake.reduced"
OF_THIS_MACHINE = ("boto3", "botocore", "tensorflow", "keras", "typer", "pytest", "infra", "tests")


@pytest.fixture(scope="module")
def cluster(packed_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> PackedCluster:
    return PackedCluster.prepare(tmp_path_factory.mktemp("cluster"), RELEASE, packed_environment)


def test_each_executor_unpacks_its_own_and_finds_nothing_of_this_machine(cluster: PackedCluster) -> None:
    shutil.copy(where_it_runs.__file__, cluster.folder / "where_it_runs.py")

    told = cluster.submit("where_it_runs.py", "numpy", "pyspark", "spark_app", *OF_THIS_MACHINE)

    places = {worker["prefix"] for worker in told["workers"]}
    own = cluster.folder / "spark" / "work"
    assert told["driver"]["prefix"] == str(cluster.folder / "environment")
    assert len(places) == 2
    assert all(Path(place).is_relative_to(own) and Path(place).name == "environment" for place in places)
    for process in (told["driver"], *told["workers"]):
        assert process["found"] == ["numpy", "pyspark", "spark_app"]
        assert Path(process["executable"]).is_relative_to(process["prefix"])
        assert strangers(process["path"], cluster.folder) == []


def strangers(paths: list[str], folder: Path) -> list[str]:
    """Folders of modules outside the run's own. A relative one is within it, and Spark itself adds its jar."""
    absolute = [path for path in paths if path.startswith("/") and not path.endswith(".jar")]
    return [path for path in absolute if not Path(path).is_relative_to(folder)]


def test_red_twin_the_packages_of_this_machine_are_strangers(tmp_path: Path) -> None:
    site = sysconfig.get_path("purelib")

    own = ["", "./fruits.zip", str(tmp_path / "environment/lib"), "/x/spark-core.jar"]

    assert strangers([*own, site], tmp_path) == [site]


def test_extract_refit_and_maintain_do_their_work(cluster: PackedCluster, artifact_folder: Path) -> None:
    photos = [files[0] for files in carried().values()]
    store = ("--folder", f"file://{cluster.folder}")
    manifest = cluster.folder / "batch.jsonl"
    manifest.write_bytes(encode("b", [put(cluster.folder, path) for path in photos] + [broken(cluster.folder)]))
    models = ("--models", str(cluster.folder / "models"))

    extracted = cluster.submit(
        "extract_job.py", "--manifest", str(manifest), "--table", TABLE, "--artifact", str(artifact_folder), *store
    )
    fitted = cluster.submit(
        "refit_job.py", "--table", TABLE, "--reduced", REDUCED, *models, "--k", "8", *store, kind="refit"
    )
    upkeep = cluster.submit("maintain_job.py", "--tables", f"{TABLE},{REDUCED}", *models, *store, kind="maintain")

    assert (extracted["outcome"], extracted["features"]) == ("done", len(photos))
    assert sum(extracted["rejections"].values()) == 1
    assert (fitted["outcome"], fitted["n"], fitted["k"]) == ("done", len(photos), 8)
    assert (upkeep["outcome"], sorted(upkeep["tables"])) == ("done", [TABLE, REDUCED])


def put(folder: Path, path: Path) -> Photo:
    return _photo(folder, f"{path.parent.name}-{path.name}", path.read_bytes())


def broken(folder: Path) -> Photo:
    return _photo(folder, "broken.jpg", b"no photo")


def _photo(folder: Path, key: str, data: bytes) -> Photo:
    (folder / "photos").mkdir(exist_ok=True)
    (folder / "photos" / key).write_bytes(data)
    return Photo(photo_id("photos", key, None), "photos", key, len(data), "2026-11-23T10:00:00Z", owner_id="o1")
