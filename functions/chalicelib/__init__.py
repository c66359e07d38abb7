"""The Lambda house: what happens between an upload and a job run, and after the run has ended."""
