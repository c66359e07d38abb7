"""About the lake: the columns and properties of each table. All schemas are derived from them."""
