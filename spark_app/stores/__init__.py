"""Objects in S3 or in a folder. The only rooms that speak to a store."""
