"""Speed against accuracy of the model artifacts."""
