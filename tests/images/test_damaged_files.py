from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFile

from contracts.photos.rejections import Rejection
from infra.samples.child import in_child
from infra.samples.files.hostile import GoodFile, good_files
from infra.samples.files.mutants import mutants
from spark_app.photos.images import Decoded, Rejected, decode

CUTS = 64
PIXELS = max(file.width * file.height for file in good_files())
"""How much work a decoder may be given. Its time is measured by `benchmarks.photos.damage`."""


@pytest.mark.parametrize("file", good_files(), ids=lambda file: file.name)
def test_a_photo_cut_short_is_called_truncated_never_half_decoded(file: GoodFile) -> None:
    whole = decode(file.data, 64)
    assert isinstance(whole, Decoded)
    for cut in range(1, CUTS + 1):
        answer = decode(file.data[: len(file.data) * cut // (CUTS + 1)], 64)
        if isinstance(answer, Rejected):
            assert answer.code is Rejection.TRUNCATED, (cut, answer)
        else:
            assert np.array_equal(answer.pixels, whole.pixels), cut
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_the_cuts_are_704() -> None:
    assert len(good_files()) * CUTS == 704


def test_2500_mutants_neither_crash_nor_hang_nor_exhaust_a_worker(tmp_path: Path) -> None:
    report = in_child([file.data for file in good_files()], mutants(), tmp_path)
    assert report.crashed is None
    assert report.inputs == 2_500
    assert report.most_pixels <= PIXELS, report
    assert report.peak_mb < 768, report
    refusals = {"truncated", "corrupt", "unsupported_format", "bomb", "too_many_pixels"}
    assert set(report.outcomes) <= {"decoded", *refusals}, report.outcomes
    assert report.outcomes["decoded"] > 100, "the damage is so coarse that no mutant reaches a decoder"


def test_no_mutant_harms_a_decoder_that_nothing_guards(tmp_path: Path) -> None:
    """What lies in this repository may make other people's software raise an error, and no more."""
    report = in_child([file.data for file in good_files()], mutants(), tmp_path, bare=True)
    assert (report.crashed, report.inputs) == (None, 2_500)
    assert report.most_pixels <= PIXELS, report
    assert report.growth_mb <= 128, report
    assert report.outcomes["decoded"] > 100
