import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contracts.photos.rejections import Rejection
from infra.samples.child import in_child
from infra.samples.files import foreign
from infra.samples.files.harmless import CANARY, Carrier, carriers
from infra.samples.files.hostile import GoodFile, HostileFile, good_files, hostile_files
from spark_app.photos.images import Decoded, Rejected, decode

PIXELS = max(file.width * file.height for file in good_files())
"""How much work a decoder may be given by a file that is made to cost."""
READ = {"JPEG", "PNG", "WEBP", "AVIF"}


@pytest.mark.parametrize("file", hostile_files(), ids=lambda file: file.name)
def test_a_hostile_file_gets_its_code(file: HostileFile) -> None:
    answer = decode(file.data, 224)
    assert isinstance(answer, Rejected)
    assert (answer.code, bool(answer.detail)) == (file.expected, True), answer


@pytest.mark.parametrize("file", good_files(), ids=lambda file: file.name)
def test_a_good_photo_is_read_by_content_whatever_its_name(file: GoodFile) -> None:
    answer = decode(file.data, 96)
    assert isinstance(answer, Decoded)
    assert (answer.format, answer.width, answer.height) == (file.format, file.width, file.height)
    assert answer.pixels.shape == (96, 96, 3)
    assert answer.pixels.dtype == np.uint8
    assert answer.pixels.flags.c_contiguous


@pytest.mark.parametrize("carrier", carriers(), ids=lambda carrier: carrier.name)
def test_of_a_photo_with_a_load_only_the_pixels_survive(carrier: Carrier) -> None:
    loaded, clean = decode(carrier.data, 96), decode(carrier.clean, 96)
    assert isinstance(loaded, Decoded)
    assert isinstance(clean, Decoded)
    assert np.array_equal(loaded.pixels, clean.pixels)
    assert CANARY not in loaded.pixels.tobytes() + repr(loaded).encode()


@pytest.mark.parametrize("carrier", carriers(), ids=lambda carrier: carrier.name)
def test_a_rejection_repeats_nothing_a_photo_says_of_its_owner(carrier: Carrier) -> None:
    for cut in range(20, len(carrier.data), len(carrier.data) // 8 + 1):
        answer = decode(carrier.data[:cut], 96)
        assert "CANARY" not in repr(answer)


def test_the_set_is_as_large_as_promised_and_names_every_answer_the_bytes_can_give() -> None:
    files = hostile_files()
    assert len(files) >= 60
    assert len({file.name for file in files}) == len(files)
    by_store = {Rejection.MISSING, Rejection.CHANGED, Rejection.UNADDRESSABLE, Rejection.MALFORMED_ENTRY}
    by_bytes = {code for code in Rejection if not code.retryable} - by_store
    assert {file.expected for file in files} == by_bytes


def test_content_of_every_other_pillow_plugin_is_among_the_hostile_files() -> None:
    Image.init()
    assert set(Image.OPEN) - READ - {"HEIF"} == set(foreign.plugins())  # HEIF only where something else registered it


@pytest.mark.filterwarnings("ignore:IM image format is deprecated")
@pytest.mark.parametrize("name", foreign.plugins())
def test_each_foreign_content_is_the_real_thing(name: str) -> None:
    """The red twin: Pillow, left to itself, takes the content for what it is."""
    Image.init()
    content = foreign.plugins()[name]
    _, recognises = Image.OPEN[name]
    if recognises is not None:
        assert recognises(content[:16])
    else:
        assert Image.open(io.BytesIO(content), formats=[name]).format == name


def test_hostile_files_are_answered_before_memory_is_spent_on_them(tmp_path: Path) -> None:
    inputs = [file.data for file in hostile_files()] + [carrier.data for carrier in carriers()]
    report = in_child([file.data for file in good_files()], inputs, tmp_path)
    assert report.crashed is None
    assert report.inputs == len(inputs)
    assert report.growth_mb <= 64 + 60, report  # 60 of them are the bytes of the oversized file
    assert report.most_pixels <= PIXELS, report


def test_no_hostile_file_harms_a_decoder_that_nothing_guards(tmp_path: Path) -> None:
    """Each meets a guard of ours and none needs it: a file that crashed or exhausted a decoder would not be here."""
    ours = ("jpeg", "png", "webp")
    inputs = [file.data for file in hostile_files() if file.name.startswith(ours)]
    inputs += [carrier.data for carrier in carriers() if carrier.name.startswith(ours)]
    report = in_child([file.data for file in good_files()], inputs, tmp_path, bare=True)
    assert (report.crashed, report.inputs) == (None, len(inputs))
    assert report.growth_mb <= 64 + 60, report  # 60 of them are the bytes of the oversized file
    assert report.most_pixels <= 4 * PIXELS, report  # what a guard of ours refuses is decoded here
