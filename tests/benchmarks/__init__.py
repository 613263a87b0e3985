"""Benchmarks: figures, not tests; each is a module to run."""
