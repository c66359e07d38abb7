"""The table `reduced`: every photo with features as the latest PCA sees it. Replaced as a whole, in one commit."""

from infra.contracts.photos_table import Column, Property

COLUMNS = (
    Column("photo_id", "string", "as in `photos`"),
    Column("label", "string", "the fruit, where the uploader named it"),
    Column("model_version", "string", "the version that projected the row; the same in all rows of a snapshot"),
    Column("pcs", "array<float>", "the photo's coordinates on pc_1 … pc_k"),
)

PROPERTIES = (
    Property("format-version", "2", "row-level deletes, which erasure needs"),
    Property("write.metadata.metrics.column.photo_id", "full", "an erased photo's files are found by their bounds"),
    Property("write.metadata.metrics.column.pcs.element", "none", "bounds of a coordinate say nothing"),
    Property("write.parquet.compression-codec", "zstd", "as the table `photos`"),
    Property("write.distribution-mode", "none", "a shuffle before the write would move every row for nothing"),
    Property("commit.retry.num-retries", "20", "as the table `photos`"),
    Property("write.metadata.delete-after-commit.enabled", "true", "one metadata file a refit, for ever, else"),
    Property("write.metadata.previous-versions-max", "20", "as above"),
)


def create_statement(table: str) -> str:
    """Return the `CREATE TABLE IF NOT EXISTS` of `catalog.database.reduced`."""
    columns = ", ".join(f"`{column.name}` {column.type}" for column in COLUMNS)
    properties = ", ".join(f"'{item.name}' = '{item.value}'" for item in PROPERTIES)
    return f"CREATE TABLE IF NOT EXISTS {table} ({columns}) USING iceberg TBLPROPERTIES ({properties})"
