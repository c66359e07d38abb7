"""The Iceberg tables: one commit, their columns, their changes, their upkeep."""
