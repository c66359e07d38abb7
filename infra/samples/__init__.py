"""Photos of every format, size, orientation and damage, made from real ones; and what tests and benchmarks share."""
