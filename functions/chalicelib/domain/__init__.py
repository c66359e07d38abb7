"""Pure rules: what is decided, without AWS, clock or randomness."""
