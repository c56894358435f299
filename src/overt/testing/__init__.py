"""Twins of the real parts, for tests; product code never imports this package."""
