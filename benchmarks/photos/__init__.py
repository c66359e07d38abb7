"""What reading photos costs, and whether its short cuts are felt by the network. Numbers: `docs/reading-photos.md`."""
