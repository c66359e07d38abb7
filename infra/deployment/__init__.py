"""A stack put in place, on AWS or in the local cloud by the same steps, and taken down."""
