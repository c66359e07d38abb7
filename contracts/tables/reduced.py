"""The table `reduced`: all photos with features, as the latest PCA projects them. One commit replaces it as a whole."""

from contracts.tables.table import Column, Definition, Property

COLUMNS = (
    Column("photo_id", "string", "as in `photos`", nullable=False),
    Column("label", "string", "the fruit, where the uploader named it"),
    Column(
        "model_version",
        "string",
        "the model version that projected the row; the same in all rows of a snapshot",
        nullable=False,
    ),
    Column("pcs", "array<float>", "the photo's coordinates on pc_1 … pc_k", nullable=False),
)

PROPERTIES = (
    Property("format-version", "2", "row-level deletes, which erasure needs"),
    Property("write.metadata.metrics.column.photo_id", "full", "an erased photo's files are found by their bounds"),
    Property("write.metadata.metrics.column.pcs.element", "none", "bounds of a coordinate say nothing"),
    Property("write.parquet.compression-codec", "zstd", "as the table `photos`"),
    Property("write.distribution-mode", "none", "a shuffle before the write would move all rows for no gain"),
    Property("commit.retry.num-retries", "20", "as the table `photos`"),
    Property(
        "write.metadata.delete-after-commit.enabled", "true", "otherwise every refit leaves a metadata file for good"
    ),
    Property("write.metadata.previous-versions-max", "20", "as above"),
)

REDUCED = Definition(COLUMNS, PROPERTIES)
