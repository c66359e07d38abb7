"""What a laptop needs beside the two houses: Java, Spark's jars, a local cloud, and photos when there are none."""
