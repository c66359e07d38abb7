"""Fill the missing sliver of a picture with the mirror image of its neighbours.

The network sees an edge at black rows and grey blocks: one black row of 348 moves the features to a cosine of 0.95. A
mirror image has no edge (`python -m benchmarks.photos.slivers`).
"""

from PIL import Image


def mirror(image: Image.Image, left: int, top: int, bottom: int) -> None:
    """Overwrite the rows from `top` to `bottom`, right of `left`, with the rows above them, upside down."""
    above = image.crop((left, max(0, 2 * top - bottom), image.width, top))
    if above.width and above.height:
        image.paste(above.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (left, top))


def mirror_last(image: Image.Image, tiles: int, size: tuple[int, int]) -> None:
    """Overwrite the last `tiles` tiles of an image, row by row; `size` is a tile's (width, height) in pixels."""
    width, height = size
    across, down = -(-image.width // width), -(-image.height // height)
    rows, rest = divmod(min(tiles, across * down), across)
    top = (down - rows) * height
    if rest:
        mirror(image, (across - rest) * width, top - height, min(top, image.height))
    if rows:
        mirror(image, 0, top, image.height)
