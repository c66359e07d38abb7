"""The adapters: one AWS service each."""
