"""Objects in S3 or in a folder. Only these rooms speak to an object store."""
