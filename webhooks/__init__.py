"""Hears: verifies who calls, records what is said, rings for the worker, answers. Decides nothing."""
