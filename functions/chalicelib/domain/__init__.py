"""What is decided: pure rules. No AWS, no clock, no randomness."""
