"""The reduced matrix of a published version, for analysts: one file, its data dictionary and checksums."""
