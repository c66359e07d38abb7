"""`fruits`: one command line for a laptop, CI and operations. Heavy libraries are imported by the command that needs them."""
