"""What runs on this machine: files, processes, logs."""
