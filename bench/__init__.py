"""Benchmarks: etlkit beside a loop written by hand and beside its peers, `python -m bench`."""
