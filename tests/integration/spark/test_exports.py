"""An exported matrix opens in pandas, DuckDB, PyArrow and Spark, each as docs/export.md says, with the same cells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from contracts import models
from contracts.errors import GiveUp
from infra.local.cloud import LocalCloud
from infra.ops.exports import writing
from infra.ops.exports.export import SUMS, export
from infra.ops.exports.formats import Format
from infra.ops.exports.formulas import unescaped
from infra.ops.exports.places import Folder, InLake
from infra.ops.lake_objects import LakeObjects
from infra.steps import SilentSteps
from spark_app.models.store import ModelStore
from spark_app.stores.buckets import StoreSettings
from tests.fakes.published import FolderParts, card_of, publish, rows_of, write_parts

pytestmark = pytest.mark.slow

K = 4
LABELS = ["Pêche", "=1+1", None, 'a "quoted", one', "two\nlines", "NA", "Apple Red 1", "'-1"]
PARTS = [rows_of(LABELS, K), rows_of(["Kiwi"] * 3, K, first=50)]
NAMES = ["photo_id", "label", *(f"pc_{number}" for number in range(1, K + 1))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both formats, beside each other."""
    made = tmp_path_factory.mktemp("exports")
    card = card_of(PARTS, K)
    write_parts(made / "models", card, PARTS)
    for form in Format:
        export(FolderParts(made / "models"), card, form, Folder(made / form.value), SilentSteps())
    return made


def by_pandas(_: SparkSession, path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype={"photo_id": str}, keep_default_na=False, na_values={"label": [""]})


def by_duckdb(_: SparkSession, path: Path) -> pd.DataFrame:
    return duckdb.sql(f"SELECT * FROM '{path}'").df()  # noqa: S608  a path of ours


def by_arrow(_: SparkSession, path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.DataFrame(pq.read_table(path).to_pandas())
    read = pa_csv.ConvertOptions(strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False)
    parse = pa_csv.ParseOptions(newlines_in_values=True)
    return pd.DataFrame(pa_csv.read_csv(path, convert_options=read, parse_options=parse).to_pandas())


def by_spark(spark: SparkSession, path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return spark.read.parquet(str(path)).toPandas()
    options: dict[str, Any] = {"header": True, "inferSchema": True, "multiLine": True, "escape": '"'}
    return spark.read.options(**options).csv(str(path)).toPandas()


Reader = Callable[[SparkSession, Path], pd.DataFrame]
READERS = [by_pandas, by_duckdb, by_arrow, by_spark]


@pytest.mark.parametrize("form", list(Format), ids=lambda form: form.value)
@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_a_matrix_opens_in_each_reader_with_the_same_cells(
    spark: SparkSession, folder: Path, form: Format, read: Reader
) -> None:
    found = read(spark, folder / form.value / form.file)

    assert list(found.columns) == NAMES
    wanted = pa.concat_tables(PARTS).to_pandas()
    labels = [None if pd.isna(label) else str(label) for label in found["label"]]
    if form is Format.CSV:
        labels = [label and unescaped(label) for label in labels]
    assert labels == [None if pd.isna(label) else label for label in wanted["label"]]
    assert found["photo_id"].tolist() == wanted["photo_id"].tolist()
    pd.testing.assert_frame_equal(found[NAMES[2:]].astype("float32"), wanted[NAMES[2:]])


def test_red_twin_without_a_rule_for_nulls_pandas_loses_a_label(folder: Path) -> None:
    assert pd.read_csv(folder / "csv" / "matrix.csv")["label"].isna().sum() == 2  # "NA" is none, it says


def test_into_the_lake_s_bucket_an_export_comes_whole_and_is_not_written_twice(
    local_cloud: LocalCloud, folder: Path, aws_keys: None  # noqa: ARG001
) -> None:  # fmt: skip
    s3, bucket = local_cloud.target().client("s3"), f"lake-{uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    card = card_of(PARTS, K)
    where = StoreSettings("eu-west-3", endpoint=local_cloud.endpoint)
    publish(ModelStore.at(f"s3://{bucket}/{models.FOLDER}", where), card, PARTS)
    parts, place = LakeObjects(s3, bucket, models.FOLDER), InLake(s3, bucket, "exports/mine")

    found = export(parts, card, Format.CSV, place, SilentSteps())
    s3.download_file(bucket, "exports/mine/matrix.csv", str(folder / "fetched.csv"))
    assert writing.sha256(folder / "fetched.csv") == found["sha256"]
    assert (folder / "fetched.csv").read_bytes() == (folder / "csv" / "matrix.csv").read_bytes()
    assert s3.head_object(Bucket=bucket, Key="exports/mine/matrix.csv")["ContentType"] == "text/csv; charset=utf-8"
    with pytest.raises(GiveUp, match=f"{SUMS}, dictionary.json, matrix.csv"):
        export(parts, card, Format.CSV, place, SilentSteps())
    assert export(parts, card, Format.CSV, place, SilentSteps(), replace=True) == found
    with pytest.raises(GiveUp, match="cannot be read"):
        parts.save("no/such/part.parquet", folder / "none")
