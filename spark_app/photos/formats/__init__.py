"""One module per picture format: what a container says of its picture, before any pixel is decoded.

Each `inspect` walks the container in plain Python, allocates nothing by the sizes it reads, and gives the decoder only
the parts that make pixels. No metadata parser of a library ever sees a byte of a photo.
"""
