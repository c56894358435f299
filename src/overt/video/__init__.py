"""Frames in: from cameras and files to pictures with a capture time."""
