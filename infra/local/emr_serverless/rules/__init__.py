"""What the service decides: states, capacity, bills, events. No process, no socket, no clock."""
