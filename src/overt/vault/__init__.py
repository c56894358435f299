"""Keys: what is kept is sealed with a key of its own, and dies with it."""
