"""Locks and cooldowns in Redis, which save work. Constraints in Postgres enforce the same rules."""
