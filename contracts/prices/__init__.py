"""What AWS charges: a dated, sourced file of prices a Region, and its reader. Standard library only."""
