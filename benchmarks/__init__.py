"""Benchmarks on public data: families of instances, run as commands. See README.md."""
