"""One module per picture format: what a container says of its picture before any pixel is decoded.

Each `inspect` walks the container in plain Python, without allocating for what it reads, and hands the decoder only the
parts that make pixels. No metadata parser of a library ever sees a byte of a photo.
"""
