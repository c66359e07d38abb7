"""The first cell on a laptop: a local cloud with S3 and Glue, the photos that the project carries, a real Spark."""

import atexit
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from contracts.jobs import places
from contracts.jobs.spark_settings import Catalog, local
from contracts.photos.manifest import Photo, encode, photo_id
from infra.local.cloud import REGION, LocalCloud
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from infra.ops.uploads import LabelledFile, Uploaded, labelled_files, upload
from infra.samples.broken import BREAKAGES
from infra.samples.carried import PHOTOS
from infra.samples.features import load_or_export
from notebooks.place import Place
from spark_app.network.artifact import CARD, FLATBUFFER, WEIGHTS
from spark_app.network.backbones import artifact_name
from spark_app.stores.buckets import StoreSettings

ROOT = Path(__file__).resolve().parents[1]
BUCKETS = PHOTOS_BUCKET, LAKE, ARTIFACTS = (
    "fruits-notebook-photos",
    "fruits-notebook-lake",
    "fruits-notebook-artifacts",
)
RECEIVED = "2026-11-24T08:00:00Z"
"""A time of the manifests that is always the same: so are their bytes."""


def open_place(stack: ExitStack) -> Place:
    """Open all that the cells need; `stack` closes it. The first batch is studio photos, the second street photos."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fruits-notebook-")))
    cloud = stack.enter_context(LocalCloud.start(folder / "cloud"))
    s3 = cloud.target().client("s3")
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    artifact = _artifact(s3)
    manifests = (_batch(s3, "studio", [*_broken(folder), *_files("fruits360")]), _batch(s3, "street", _files("street")))
    spark = _session(folder, cloud)
    stack.callback(spark.stop)
    store = StoreSettings(REGION, endpoint=cloud.endpoint)
    return Place(spark, store, PHOTOS_BUCKET, LAKE, artifact, manifests, "fruits.fruits_dev", _display)


def open_here() -> Place:
    """Open the place for the life of this process, as a notebook wants it."""
    stack = ExitStack()
    atexit.register(stack.close)
    return open_place(stack)


def _files(kind: str) -> list[LabelledFile]:
    return labelled_files(PHOTOS / kind)


def _broken(folder: Path) -> Iterator[LabelledFile]:
    """Five files that are no photo, as uploads always bring some."""
    sound = _files("fruits360")[0].path.read_bytes()
    for one in BREAKAGES:
        path = folder / f"{one.name}.jpg"
        path.write_bytes(one.breaks(sound))
        yield LabelledFile(path, None)


def _batch(s3: Any, name: str, files: Iterable[LabelledFile]) -> str:
    """Upload files as the app does, under names that are always the same, and write the manifest of all of them."""
    files = list(files)
    names = iter(f"{name}-{number:04d}" for number in range(len(files)))
    sent = [one for file in files for one in upload(s3, PHOTOS_BUCKET, [file], "u1", random_name=lambda: next(names))]
    key = places.manifest(name)
    s3.put_object(Bucket=LAKE, Key=key, Body=encode(name, [_photo(one) for one in sent]))
    return f"s3://{LAKE}/{key}"


def _photo(sent: Uploaded) -> Photo:
    # An empty file is rejected by `collect` from its event alone, and its row has the reason; the rest is the job's.
    size = max(1, sent.size_bytes)
    return Photo(photo_id(sent.bucket, sent.key, None), sent.bucket, sent.key, size, RECEIVED, sent.owner_id)


def _artifact(s3: Any) -> str:
    folder = ROOT / "build" / "artifacts" / artifact_name()
    load_or_export(folder)
    for name in (CARD, FLATBUFFER, WEIGHTS):
        s3.upload_file(str(folder / name), ARTIFACTS, f"artifact/{name}")
    return f"s3://{ARTIFACTS}/artifact"


def _session(folder: Path, cloud: LocalCloud) -> SparkSession:
    # Spark's workers take keys and code from the environment.
    os.environ.update(cloud.environment() | {"JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable})
    os.environ.update({"SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}"})
    catalog = Catalog(f"s3://{LAKE}/warehouse", endpoint=cloud.endpoint, region=REGION)
    builder = SparkSession.builder.appName("notebook")
    for name, value in local(catalog, iceberg_jars(), folder).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _display(_: str, picture: bytes) -> None:
    from IPython.display import Image, display

    display(Image(picture))
