"""What surrounds the two houses: contracts, packing, the local cloud and the command line."""
