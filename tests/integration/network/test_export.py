"""Exports: the same request gives the same bytes, int8 stays close to fp32, and other weights are pinned."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from contracts.errors import GiveUp
from infra.local.cloud import LocalCloud
from spark_app.network import artifact as artifacts
from spark_app.network.artifact import Artifact
from spark_app.network.backbone import ExportRequest, KerasEngine, build
from spark_app.network.backbones import BACKBONES, DEFAULT, Backbone, artifact_name
from spark_app.network.engine import LiteRTEngine
from spark_app.network.int8 import calibration_photos
from spark_app.network.litert_export import export, export_to
from spark_app.network.probe import check
from spark_app.stores.buckets import StoreSettings
from tests.integration.network.photos import SHARED, cosines

if TYPE_CHECKING:
    import keras

HERE = StoreSettings()
INT8 = ExportRequest(input_size=128, precision="int8", calibration=SHARED / "street")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def real_photos() -> npt.NDArray[np.uint8]:
    if not SHARED.is_dir():
        pytest.skip("the real photos are not beside this checkout")
    return calibration_photos(SHARED, 128, 150)


@pytest.fixture(scope="module")
def fp32(real_photos: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return features(export(ExportRequest(input_size=128), HERE), real_photos)


def features(artifact: Artifact, photos: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return LiteRTEngine(artifact.flatbuffer).features(photos)


def test_the_same_request_gives_the_same_bytes(artifact_folder: Path) -> None:
    kept, again = artifacts.load(artifact_folder), export(ExportRequest(), HERE)

    assert again.flatbuffer == kept.flatbuffer
    assert again.weights == kept.weights
    assert again.card == kept.card


def test_an_int8_artifact_answers_for_every_photo_as_fp32_does_and_passes_its_probe(
    real_photos: npt.NDArray[np.uint8], fp32: npt.NDArray[np.float32]
) -> None:
    artifact = export(INT8, HERE)

    check(artifact)
    assert artifact.card.calibration is not None
    assert artifact.card.calibration["photos"] > 190
    assert cosines(features(artifact, real_photos), fp32).min() >= 0.96


def test_red_twin_an_int8_artifact_without_float_convolutions_has_a_tail(
    real_photos: npt.NDArray[np.uint8], fp32: npt.NDArray[np.float32]
) -> None:
    artifact = export(replace(INT8, float_convolutions=0), HERE)

    assert cosines(features(artifact, real_photos), fp32).min() < 0.96


def mobilenet_weights(folder: Path) -> tuple[Path, str]:
    """Weights as a user would bring them: a Keras weights file of the network, here of random numbers."""
    file = folder / "brought.weights.h5"
    build("mobilenet_v2", 128).save_weights(file)
    return file, hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.usefixtures("aws_keys")
def test_mobilenet_v2_takes_its_weights_from_a_pinned_file_and_from_s3(tmp_path: Path, local_cloud: LocalCloud) -> None:
    file, pinned = mobilenet_weights(tmp_path)
    s3 = local_cloud.target().client("s3")
    s3.create_bucket(Bucket="weights", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket="weights", Key=file.name, Body=file.read_bytes())
    request = ExportRequest("mobilenet_v2", 128, weights=str(file), weights_sha256=pinned)

    from_file = export(request, HERE)
    from_s3 = export(
        replace(request, weights=f"s3://weights/{file.name}"), StoreSettings("eu-west-3", endpoint=local_cloud.endpoint)
    )

    photos = np.random.default_rng(3).integers(0, 256, (2, 128, 128, 3), np.uint8)
    keras = KerasEngine("mobilenet_v2", 128, from_file.weight_arrays())
    assert from_file.flatbuffer == from_s3.flatbuffer
    assert from_file.card.feature_width == 1280
    assert cosines(features(from_file, photos), keras.features(photos)).min() >= 0.9999


def test_weights_that_are_not_those_pinned_are_refused(tmp_path: Path) -> None:
    file, _ = mobilenet_weights(tmp_path)

    with pytest.raises(GiveUp, match=r"SHA-256 is .*, pinned is 000"):
        export(ExportRequest("mobilenet_v2", 128, weights=str(file), weights_sha256="000"), HERE)


def test_weights_of_another_network_are_refused_by_name(tmp_path: Path) -> None:
    file, pinned = mobilenet_weights(tmp_path)

    with pytest.raises(GiveUp, match="do not fit efficientnet_lite0"):
        export(ExportRequest("efficientnet_lite0", 128, weights=str(file), weights_sha256=pinned), HERE)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (ExportRequest("resnet_50"), "there are efficientnet_lite0, mobilenet_v2"),
        (ExportRequest(input_size=100), "not one of"),
        (ExportRequest(precision="fp16"), "not one of"),
        (ExportRequest(precision="int8"), "--calibration"),
        (ExportRequest(weights="w.h5"), "--weights-sha256"),
        (ExportRequest(precision="int8", calibration=Path("nowhere")), "no photo to calibrate with"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_what_to_do(request_: ExportRequest, says: str, tmp_path: Path) -> None:
    with pytest.raises(GiveUp, match=says):
        export_to(request_, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def mean_colour(input_size: int, head: bool) -> "keras.Model":
    import keras

    photo = keras.Input((input_size, input_size, 3), name="photo")
    means = keras.layers.GlobalAveragePooling2D(name="features")(photo)
    weighted = keras.layers.Dense(3, use_bias=False, name="weights")(means)
    return keras.Model(photo, weighted, name="mean_colour_with_head" if head else "mean_colour")


def double(model: "keras.Model", _: int) -> None:
    model.set_weights([2 * np.eye(3, dtype=np.float32)])


@pytest.fixture
def third() -> Iterator[Backbone]:
    one = Backbone("mean_colour", 3, "none", "MIT", "nowhere", mean_colour, double)
    BACKBONES[one.name] = one
    yield one
    del BACKBONES[one.name]


def test_a_third_backbone_is_built_filled_and_run_by_its_own_functions(third: Backbone) -> None:
    artifact = export(ExportRequest(third.name, 128), HERE)
    photos = np.random.default_rng(3).integers(0, 256, (2, 128, 128, 3), np.uint8)
    expected = 2 * photos.mean(axis=(1, 2))

    assert (artifact.card.backbone, artifact.card.feature_width) == ("mean_colour", 3)
    assert np.allclose(features(artifact, photos), expected, rtol=1e-4)
    assert np.allclose(KerasEngine(third.name, 128, artifact.weight_arrays()).features(photos), expected, rtol=1e-4)
    assert build(third.name, 128, head=True).name == "mean_colour_with_head"


def test_a_backbone_without_a_classifier_says_so() -> None:
    with pytest.raises(GiveUp, match="mobilenet_v2 is built without its classifier"):
        build("mobilenet_v2", 128, head=True)


def test_the_default_request_is_what_the_registry_names_first() -> None:
    request = ExportRequest()
    assert request.checked() is BACKBONES[DEFAULT]
    assert artifact_name() == f"{request.backbone}-{request.input_size}-{request.precision}"
    with pytest.raises(GiveUp, match="there are efficientnet_lite0, mobilenet_v2"):
        ExportRequest("a_fourth").checked()
