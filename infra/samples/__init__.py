"""Photos of every format, size, orientation and damage, made from the real ones in `photos/` by a seed."""
