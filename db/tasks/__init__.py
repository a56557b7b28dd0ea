"""Pending work: the outbox, periodic jobs, and the lease of beat."""
