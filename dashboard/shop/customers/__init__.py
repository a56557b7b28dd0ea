"""Customers and the inbox."""
