"""Both releases at once: part of `make test-spark4` alone."""
