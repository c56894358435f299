"""Overt: live facial recognition that keeps its promises."""

__version__ = "0.2.0"
