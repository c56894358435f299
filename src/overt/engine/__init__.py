"""Where cameras run: processes, ports, memory."""
