"""`fruits`: one command line for a laptop, CI and operations. A heavy library is imported by the command it serves."""
