"""The refit job's work: the rows of one snapshot to a published PCA."""
