"""The extract job beside its peers."""
