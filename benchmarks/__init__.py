"""Measurements, one command each; never part of the tests; what they count by is tested beside them."""
