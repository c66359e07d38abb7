"""Rights in the local cloud: ministack's own IAM, and what it does not know. `docs/rights.md` explains."""
