"""The service as a client sees it: operations, their shapes, their errors."""
