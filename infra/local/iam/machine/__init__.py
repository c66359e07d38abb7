"""Where ministack is met: each module adds one thing to its IAM."""
