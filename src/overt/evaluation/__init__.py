"""Figures: how they are measured, and how sure they are."""
