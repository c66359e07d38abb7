"""The jobs' code for EMR Serverless: packing it, and keeping its releases in the artifacts bucket."""
