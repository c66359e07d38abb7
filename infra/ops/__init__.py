"""Operate a deployed stack, here or on AWS: find it, watch it, start its jobs, read its tables, models and logs."""
