"""The repair job's work: tables with two rows for one photo, back to one."""
