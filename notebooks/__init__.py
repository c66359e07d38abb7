"""The notebook of the whole chain: its source, what its first cell opens, and how it is executed and stripped."""
