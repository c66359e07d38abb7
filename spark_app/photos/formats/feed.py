"""Feed Pillow's decoder piece by piece: the only way to learn how far it came.

`Image.load` does not report a picture that ends early: it hides libjpeg's warnings and leaves missing rows black. After
each piece, the decoder says whether it has finished, and whether it has used the whole piece.
"""

from collections.abc import Callable

from PIL import Image
from PIL.ImageFile import ImageFile

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.picture import PhotoRefused

_BROKEN, _UNKNOWN, _MEMORY = -2, -3, -9  # IMAGING_CODEC_… of Pillow's Imaging.h


class Feed:
    """The decoder of an opened image. It writes into the image's own memory, which begins as zeros."""

    def __init__(self, image: ImageFile) -> None:
        """Replace `image.load()`, which does nothing from now on."""
        image.load_prepare()
        ((name, extents, _, args),) = image.tile
        image.tile = []
        decoder = Image._getdecoder(image.mode, name, args, image.decoderconfig)
        decoder.setimage(image.im, extents)
        self._decode: Callable[[bytes | memoryview], tuple[int, int]] = decoder.decode
        self._cleanup = decoder.cleanup
        self._left = b""
        self.finished = False
        """Whether the decoder needs no more bytes."""

    def __enter__(self) -> "Feed":
        """Return this feed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the decoder's memory."""
        self._cleanup()

    def take(self, piece: bytes | memoryview) -> bool:
        """Decode one more piece; return whether all bytes so far are used. Raises `PhotoRefused` or `MemoryError`."""
        if self.finished:
            return True
        whole = self._left + bytes(piece) if self._left else piece
        used, error = self._decode(whole)
        if used >= 0:
            self._left = bytes(whole[used:])
            return not self._left
        self.finished = True
        if error == _MEMORY:
            raise MemoryError
        if error in (_BROKEN, _UNKNOWN):
            raise PhotoRefused(Rejection.CORRUPT, "broken data stream when reading the picture")
        return True
