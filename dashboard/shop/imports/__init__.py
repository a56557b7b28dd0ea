"""Imports of lists that a shop uploads: customers, appointments, the waiting list."""
