"""The path of a frame: tracks, best shots, comparison with the list, the alert, and forgetting."""
