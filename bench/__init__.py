"""Benchmarks: the product beside its peers, with recorded results."""
