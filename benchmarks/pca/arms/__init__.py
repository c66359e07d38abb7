"""One arm a process; each prints what it did as its last line of JSON."""
