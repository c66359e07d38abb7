"""The notebook, executed and packed."""
