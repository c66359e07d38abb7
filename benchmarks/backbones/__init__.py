"""Speed against accuracy of the CNN's artifacts."""
