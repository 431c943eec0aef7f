"""Benchmarks: each compares side by side, in one run, with the plain way of doing the same."""
