"""Files made byte by byte: good, foreign, damaged, hostile, and what they must be read as."""
