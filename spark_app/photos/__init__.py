"""From the bytes of a photo to pixels, or to a named rejection. Knows no Spark, no model and no store."""
