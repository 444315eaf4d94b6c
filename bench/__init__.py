"""Benchmarks of the service against a reference view on the same server: `make bench`."""
