"""The CNN: built and exported by TensorFlow, run by LiteRT. The only rooms that import either."""
