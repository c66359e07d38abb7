"""What CloudWatch's documentation says: statistics, metric math, embedded metrics, when an alarm fires. Pure."""
