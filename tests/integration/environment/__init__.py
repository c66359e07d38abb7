"""The packed Python, built and run."""
