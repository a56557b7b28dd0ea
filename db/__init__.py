"""Persistence: tables, sessions, queries and migrations."""
