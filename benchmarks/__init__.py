"""Benchmarks: ratios measured in one run, which `make bench` prints."""
