"""The use cases, and the ports through which they act."""
