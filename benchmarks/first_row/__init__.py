"""How long, and how much CPU, a run of few photos takes: its start is most of it."""
