"""Simulates recoveries with the domain's own code, without a database, to compare offer policies."""
