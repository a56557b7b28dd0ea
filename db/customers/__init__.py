"""Customers: records, consent, lists, merging and forgetting."""
