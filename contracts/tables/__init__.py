"""Of the lake: the columns and properties of each table, from which every schema is derived."""
