"""The extract job's work: a manifest's photos to rows of features."""
