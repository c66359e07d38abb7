"""How the Spark runtime is set: one source for a laptop and for EMR Serverless."""
