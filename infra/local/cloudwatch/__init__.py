"""CloudWatch's alarms and metrics in the local cloud, by AWS's documented rules. `docs/watching.md` explains."""
