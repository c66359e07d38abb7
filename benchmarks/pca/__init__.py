"""The PCA refit beside its peers."""
