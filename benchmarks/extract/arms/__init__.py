"""One way to turn photos into features each. An arm is a process and prints one JSON object as its last line."""
