"""Simulates recoveries on the domain's own code, without a database, to compare ways of asking customers."""
