"""Rules of the local cloud's rights."""
