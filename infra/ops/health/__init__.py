"""Whether a deployed stack needs a person: its alarms, and what holds its photos."""
