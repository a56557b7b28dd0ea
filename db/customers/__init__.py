"""Customers: records, consent, imports, merging and erasure."""
