"""What the doctor's run found, judged: what it means and what to do. `examine` acts, the rest is pure."""
