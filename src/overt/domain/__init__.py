"""Values and rules. No I/O; only the standard library and NumPy."""
