"""What tests and benchmarks share: photos and their makers, and what an outcome is held against."""
