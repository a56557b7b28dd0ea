"""Persistence: the tables, the sessions, the queries and the migrations."""
