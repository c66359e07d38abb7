"""Painted photos of fruit, for a machine that has no real ones: same seed, same photos."""
