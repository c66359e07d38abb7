"""A stack's CloudWatch dashboard, drawn from its definition and the real metrics: on AWS, and before it is there."""
