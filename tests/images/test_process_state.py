"""Reading photos leaves the process as it was, and hands metadata to nobody."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.samples.files.harmless import CANARY, Carrier, carriers
from infra.samples.files.hostile import good_files
from spark_app.photos.formats import jpeg, png

LOOK_AND_DECODE = """
import sys, threading, warnings
from pathlib import Path
import numpy  # which sets warning filters of its own
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

def state():
    return (sorted(Image.OPEN), sorted(Image.SAVE), ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS,
            PngImagePlugin.MAX_TEXT_MEMORY, list(warnings.filters), threading.active_count())

before = state()
from spark_app.photos.images import decode
imported = state()
for path in sorted(Path(sys.argv[1]).iterdir()):
    decode(path.read_bytes(), 224)
print(before == imported, before == state())
print(sorted(name for name in sys.modules if name.startswith("PIL.") and name.endswith("Plugin")))
"""


def test_nothing_in_pillow_is_registered_or_set_by_importing_or_decoding(tmp_path: Path) -> None:
    for file in good_files():
        (tmp_path / file.name).write_bytes(file.data)
    command = [sys.executable, "-c", LOOK_AND_DECODE, str(tmp_path)]
    repository = Path(__file__).parents[2]
    said = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0] == "True True"
    assert said[1] == "['PIL.JpegImagePlugin', 'PIL.PngImagePlugin', 'PIL.WebPImagePlugin']"


@pytest.mark.parametrize("carrier", carriers(), ids=lambda carrier: carrier.name)
def test_no_decoder_is_given_the_metadata_of_a_jpeg_or_png(carrier: Carrier) -> None:
    if jpeg.is_jpeg(carrier.data):
        photo = jpeg.inspect(carrier.data)
        coded = [carrier.data[scan.begin : scan.end] for scan in photo.scans]
        handed_on = b"".join([photo.data, *(scan.head for scan in photo.scans), *coded])
        assert CANARY not in handed_on
        assert b"Exif" not in handed_on
    elif png.is_png(carrier.data):
        photos = {data: png.inspect(data) for data in (carrier.data, carrier.clean)}
        heads = {photo.data for photo in photos.values()}
        pixels = {b"".join(data[begin:end] for begin, end in photo.pieces) for data, photo in photos.items()}
        assert (len(heads), len(pixels)) == (1, 1)
