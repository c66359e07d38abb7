"""What the functions and the Spark jobs agree on. It imports the standard library, and nothing else of ours."""
