"""Benchmarks of the complete system."""
