"""The packed Python: what is decided about it."""
