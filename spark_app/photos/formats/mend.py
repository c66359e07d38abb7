"""What stands in for the sliver of a picture that is not there: its neighbours, mirrored.

The network sees an edge wherever rows are black or blocks are grey: one black row of 348 moves the features as far as
0.95 (cosine). A mirror image has no edge (`python -m benchmarks.photos.slivers`).
"""

from PIL import Image


def mirror(image: Image.Image, left: int, top: int, bottom: int) -> None:
    """Overwrite the rows from `top` to `bottom`, right of `left`, with those above them upside down."""
    above = image.crop((left, max(0, 2 * top - bottom), image.width, top))
    if above.width and above.height:
        image.paste(above.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (left, top))


def mirror_last(image: Image.Image, tiles: int, size: tuple[int, int]) -> None:
    """Overwrite the last `tiles` of those of `size` (width, height) that an image is made of, row by row."""
    width, height = size
    across, down = -(-image.width // width), -(-image.height // height)
    rows, rest = divmod(min(tiles, across * down), across)
    top = (down - rows) * height
    if rest:
        mirror(image, (across - rest) * width, top - height, min(top, image.height))
    if rows:
        mirror(image, 0, top, image.height)
