"""Looking at what a run meets: each probe is one small function, and one that fails stops no other."""
