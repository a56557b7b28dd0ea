"""Locks and cooldowns in Redis, which avoid unnecessary work. Constraints in Postgres enforce the same rules."""
