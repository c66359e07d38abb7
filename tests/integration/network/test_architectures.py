"""Rows of x86_64 and of Graviton may stand in one table: a recorded set of both, and this machine held against its own.

`architectures.npz` was recorded by `make environment-record`: the packed Python of each architecture measured the same
photos with the same flatbuffers, aarch64 under qemu.
"""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from infra.samples import architectures, carried
from spark_app.network import artifact as artifacts
from spark_app.network.backbone import ExportRequest
from spark_app.network.litert_export import export
from spark_app.stores.buckets import StoreSettings

RECORDED = Path(__file__).parent / "architectures.npz"
FP32_TOLERANCE = 1e-5
"""Features go up to 4.6. Other kernels add the same products in another order."""
Found = Mapping[str, npt.NDArray[Any]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),
]


def recorded(arch: str) -> Found:
    with np.load(RECORDED) as file:
        return {name.partition(".")[2]: file[name] for name in file if name.startswith(f"{arch}.")}


@pytest.fixture(scope="module")
def here(artifact_folder: Path) -> Found:
    int8 = export(ExportRequest(input_size=128, precision="int8", calibration=carried.PHOTOS), StoreSettings())
    return architectures.measured(artifacts.load(artifact_folder).flatbuffer, int8.flatbuffer)


def differences(one: Found, other: Found) -> list[str]:
    """What two machines do not have in common, in words. Empty: their rows may stand in one table."""
    found = [f"{name} differ" for name in ("fp32_pixels", "int8_pixels") if (one[name] != other[name]).any()]
    if np.abs(one["fp32"] - other["fp32"]).max() > FP32_TOLERANCE:
        found.append("fp32 features differ")
    if one["flatbuffers"][1] == other["flatbuffers"][1] and (one["int8"] != other["int8"]).any():
        found.append("int8 features differ")
    return found


def test_both_architectures_read_the_same_pixels_and_features_bit_by_bit_in_int8() -> None:
    x86_64, aarch64 = recorded("x86_64"), recorded("aarch64")

    assert x86_64["fp32"].shape == (architectures.PHOTOS, 1280)
    assert (x86_64["flatbuffers"] == aarch64["flatbuffers"]).all()
    assert differences(x86_64, aarch64) == []


def test_this_machine_finds_what_was_recorded(here: Found) -> None:
    arch = platform.machine()
    if arch not in ("x86_64", "aarch64"):
        pytest.skip(f"nothing was recorded for {arch}")

    assert here["flatbuffers"][0] == recorded(arch)["flatbuffers"][0]
    assert differences(here, recorded(arch)) == []


def test_int8_is_quantized_here_as_it_was_recorded(here: Found) -> None:
    if here["flatbuffers"][1] != recorded("x86_64")["flatbuffers"][1]:
        pytest.skip("this processor's float kernels give other ranges of activations, so another int8 flatbuffer")
    assert (here["int8"] == recorded("x86_64")["int8"]).all()


@pytest.mark.parametrize("name", ["fp32_pixels", "int8_pixels", "fp32", "int8"])
def test_red_twin_one_photo_that_differs_is_found(name: str) -> None:
    x86_64 = recorded("x86_64")
    changed = {**x86_64, name: np.roll(x86_64[name], 1, axis=0)}

    assert differences(x86_64, changed) == [f"{name} {'differ' if 'pixels' in name else 'features differ'}"]


def test_red_twin_a_difference_just_over_the_tolerance_is_found() -> None:
    x86_64 = recorded("x86_64")

    assert differences(x86_64, {**x86_64, "fp32": x86_64["fp32"] + np.float32(2e-5)}) == ["fp32 features differ"]
