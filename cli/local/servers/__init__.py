"""Starts the embedded Postgres and Valkey from their wheels, on loopback and each in its own folder."""
