"""What a request asks for, and what was decided. Pure."""
