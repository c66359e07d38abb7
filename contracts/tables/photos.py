"""The table `photos`: one row per photo, with features or a rejection code. One commit is atomic for both."""

from contracts.tables.table import Column, Definition, Property

COLUMNS = (
    Column("photo_id", "string", "identity of (bucket, key, version)", nullable=False),
    Column("batch_id", "string", "the batch whose run wrote the row; a batch is replaced as a whole", nullable=False),
    Column("owner_id", "string", "who uploaded it; null when unknown"),
    Column("bucket", "string", "the object's bucket", nullable=False),
    Column("key", "string", "the object's key in it", nullable=False),
    Column("version_id", "string", "which version of it; null in a bucket without versions"),
    Column("etag", "string", "the object's etag as the event gave it"),
    Column("size_bytes", "bigint", "the object's size as the event gave it", nullable=False),
    Column("label", "string", "the fruit, where the uploader named it"),
    Column("received_at", "timestamp", "when the object was uploaded, by the event's time, UTC", nullable=False),
    Column("content_sha256", "string", "SHA-256 of the bytes that were read; null when none were"),
    Column("width", "int", "pixels across, upright; null for a rejection"),
    Column("height", "int", "pixels down, upright; null for a rejection"),
    Column("format", "string", "jpeg, png, webp, heic or avif, by content; null for a rejection"),
    Column("rejection", "string", "a code of contracts/photos/rejections.py; null when there are features"),
    Column("features", "array<float>", "the CNN's feature vector; null for a rejection"),
    Column("backbone", "string", "which network", nullable=False),
    Column(
        "artifact_sha256",
        "string",
        "which artifact of that network; features of two artifacts are never mixed",
        nullable=False,
    ),
    Column("extracted_at", "timestamp", "when the run started, UTC", nullable=False),
)

PROPERTIES = (
    Property("format-version", "2", "row-level deletes, which erasure needs"),
    Property(
        "write.metadata.metrics.column.batch_id",
        "full",
        "replace-by-batch finds a batch's files by their bounds. The default keeps 16 characters: two batch ids with "
        "the same 16 would look like one",
    ),
    Property("write.metadata.metrics.column.photo_id", "full", "an erased photo's files are found by their bounds"),
    Property("write.metadata.metrics.column.key", "none", "object keys are personal data: none in Iceberg's manifests"),
    Property("write.metadata.metrics.column.owner_id", "none", "as the key"),
    Property("write.metadata.metrics.column.features.element", "none", "bounds of a feature say nothing"),
    Property("write.parquet.compression-codec", "zstd", "float features: as small as gzip and several times faster"),
    Property(
        "write.parquet.dict-size-bytes",
        "4096",
        "features do not repeat, so a dictionary is of no use: to give it up early makes writing a third cheaper and "
        "files a sixth smaller; labels and ids still fit",
    ),
    Property("write.distribution-mode", "none", "a shuffle before the write would move all features for no gain"),
    Property("write.target-file-size-bytes", "134217728", "128 MiB: about 25,000 rows of 1280 floats"),
    Property("commit.retry.num-retries", "20", "the default of 4 is used up when eight writers commit at once"),
    Property("commit.retry.min-wait-ms", "100", "Iceberg's default, written down; waits grow to a minute"),
    Property("write.metadata.delete-after-commit.enabled", "true", "otherwise old metadata files stay for good"),
    Property("write.metadata.previous-versions-max", "20", "as above"),
)

PHOTOS = Definition(COLUMNS, PROPERTIES)
